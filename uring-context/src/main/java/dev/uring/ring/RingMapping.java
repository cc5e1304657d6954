package dev.uring.ring;

import dev.uring.ring.RingParameters.CompletionField;
import dev.uring.ring.RingParameters.SubmissionField;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;

/**
 * The two mappings of a ring: both queues' indices and completions in one, entries in the other.
 */
final class RingMapping {
  private static final long OFFSET_SQ_RING = 0;
  private static final long OFFSET_SQES = 0x10000000L;

  private final long ringAddress;
  private final long ringBytes;
  private final long entriesAddress;
  private final long entriesBytes;

  private RingMapping(long ringAddress, long ringBytes, long entriesAddress, long entriesBytes) {
    this.ringAddress = ringAddress;
    this.ringBytes = ringBytes;
    this.entriesAddress = entriesAddress;
    this.entriesBytes = entriesBytes;
  }

  static RingMapping map(int fd, RingParameters parameters) {
    if ((parameters.features() & Feature.SINGLE_MMAP.mask()) == 0) {
      throw new UringException(
          "io_uring_setup", Errno.ENOSYS, "this kernel is older than 5.4; use 5.11 or newer");
    }
    long entryBytes = (parameters.flags() & SetupFlag.SQE128.mask()) == 0 ? 64 : 128;
    long completionBytes = (parameters.flags() & SetupFlag.CQE32.mask()) == 0 ? 16 : 32;
    long ringBytes =
        Math.max(
            parameters.submissionOffset(SubmissionField.ARRAY)
                + (long) Integer.BYTES * parameters.submissionEntries(),
            parameters.completionOffset(CompletionField.CQES)
                + completionBytes * parameters.completionEntries());
    long entriesBytes = entryBytes * parameters.submissionEntries();
    long ringAddress = mapped(UringCalls.mapRing(fd, ringBytes, OFFSET_SQ_RING));
    try {
      long entriesAddress = mapped(UringCalls.mapRing(fd, entriesBytes, OFFSET_SQES));
      return new RingMapping(ringAddress, ringBytes, entriesAddress, entriesBytes);
    } catch (UringException e) {
      UringCalls.unmap(ringAddress, ringBytes);
      throw e;
    }
  }

  private static long mapped(long address) {
    if (address < 0) {
      throw new UringException("mmap of the ring", (int) -address, Unavailability.remedy(-address));
    }
    return address;
  }

  ByteBuffer ring() {
    return RawMemory.view(ringAddress, Math.toIntExact(ringBytes));
  }

  ByteBuffer entries() {
    return RawMemory.view(entriesAddress, Math.toIntExact(entriesBytes));
  }

  /** Nobody may hold a view of it any more. */
  void unmap() {
    UringCalls.unmap(ringAddress, ringBytes);
    UringCalls.unmap(entriesAddress, entriesBytes);
  }
}
