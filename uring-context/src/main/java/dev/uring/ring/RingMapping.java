package dev.uring.ring;

import dev.uring.ring.RingParameters.CompletionField;
import dev.uring.ring.RingParameters.SubmissionField;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory of a ring in two pieces: both queues' indices and completions in one, entries in the
 * other. Mapped from the kernel, or the caller's own.
 */
final class RingMapping {
  private static final long OFFSET_SQ_RING = 0;
  private static final long OFFSET_SQES = 0x10000000L;

  private final ByteBuffer ring;
  private final ByteBuffer entries;
  private final boolean mapped;

  private RingMapping(ByteBuffer ring, ByteBuffer entries, boolean mapped) {
    this.ring = ring;
    this.entries = entries;
    this.mapped = mapped;
  }

  static RingMapping map(int fd, RingParameters parameters) {
    RingMemorySize size = size(parameters);
    long ringAddress = mapped(UringCalls.mapRing(fd, size.ringBytes(), OFFSET_SQ_RING));
    try {
      long entriesAddress = mapped(UringCalls.mapRing(fd, size.entriesBytes(), OFFSET_SQES));
      return new RingMapping(
          RawMemory.view(ringAddress, size.ringBytes()),
          RawMemory.view(entriesAddress, size.entriesBytes()),
          true);
    } catch (UringException e) {
      UringCalls.unmap(ringAddress, size.ringBytes());
      throw e;
    }
  }

  /** Memory of the caller's own, which is held for as long as this. */
  static RingMapping of(ByteBuffer ring, ByteBuffer entries) {
    return new RingMapping(inNativeOrder(ring), inNativeOrder(entries), false);
  }

  private static ByteBuffer inNativeOrder(ByteBuffer buffer) {
    return buffer.duplicate().clear().order(ByteOrder.nativeOrder());
  }

  /** What a ring with these answers of the kernel takes. */
  static RingMemorySize size(RingParameters parameters) {
    if ((parameters.features() & Feature.SINGLE_MMAP.mask()) == 0) {
      throw new UringException(
          "io_uring_setup", Errno.ENOSYS, "this kernel is older than 5.4; use 5.11 or newer");
    }
    long entryBytes = (parameters.flags() & SetupFlag.SQE128.mask()) == 0 ? 64 : 128;
    long completionBytes = (parameters.flags() & SetupFlag.CQE32.mask()) == 0 ? 16 : 32;
    long array =
        (parameters.flags() & SetupFlag.NO_SQARRAY.mask()) != 0
            ? 0
            : parameters.submissionOffset(SubmissionField.ARRAY)
                + (long) Integer.BYTES * parameters.submissionEntries();
    long completions =
        parameters.completionOffset(CompletionField.CQES)
            + completionBytes * parameters.completionEntries();
    return new RingMemorySize(
        Math.toIntExact(Math.max(array, completions)),
        Math.toIntExact(entryBytes * parameters.submissionEntries()));
  }

  private static long mapped(long address) {
    if (address < 0) {
      throw new UringException("mmap of the ring", (int) -address, Unavailability.remedy(-address));
    }
    return address;
  }

  ByteBuffer ring() {
    return ring;
  }

  ByteBuffer entries() {
    return entries;
  }

  /** Nobody may hold a view of it any more. Memory of the caller's stays as it is. */
  void unmap() {
    if (mapped) {
      UringCalls.unmap(RawMemory.addressOf(ring), ring.capacity());
      UringCalls.unmap(RawMemory.addressOf(entries), entries.capacity());
    }
  }
}
