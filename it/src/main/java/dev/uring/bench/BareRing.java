package dev.uring.bench;

import dev.uring.ring.CompletionQueue;
import dev.uring.ring.FileRequests;
import dev.uring.ring.FileSlot;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.SubmissionQueue;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** {@code dev.uring.ring}, owned by one thread, with the quickest set-up. */
final class BareRing extends OneThread {
  private static final FileSlot FILE = new FileSlot(0);

  private final CachedFile file;
  private final int descriptor;
  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(RingCase.MAXIMUM_BATCH * Work.BLOCK_BYTES + Work.BLOCK_BYTES)
          .alignedSlice(Work.BLOCK_BYTES);
  private final long address = RawMemory.addressOf(memory);
  private final Ring ring;
  private final SubmissionQueue submission;
  private final CompletionQueue completion;

  BareRing(CachedFile file, int entries) {
    this.file = file;
    byte[] path = (file.path() + "\0").getBytes(StandardCharsets.UTF_8);
    this.descriptor = FileCalls.open(path, FileCalls.O_CLOEXEC, 0);
    if (descriptor < 0) {
      throw new IllegalStateException("open: " + Errno.description(-descriptor));
    }
    this.ring = Ring.builder(entries).ownedByThisThread().build();
    this.submission = ring.submission();
    this.completion = ring.completion();
    ring.registrar().files().register(descriptor);
    long[] addresses = new long[RingCase.MAXIMUM_BATCH];
    int[] lengths = new int[RingCase.MAXIMUM_BATCH];
    for (int slot = 0; slot < addresses.length; slot++) {
      addresses[slot] = address + (long) slot * Work.BLOCK_BYTES;
      lengths[slot] = Work.BLOCK_BYTES;
    }
    ring.registrar().buffers().register(addresses, lengths);
  }

  @Override
  public boolean supports(Work work) {
    return true;
  }

  // A method for each kind of request, so that each is compiled for itself.
  @Override
  protected void add(Work work, int batch) {
    if (work == Work.NOP) {
      addNops(batch);
    } else if (work == Work.READ_CACHED) {
      addReads(batch);
    } else if (work == Work.READ_CACHED_FIXED_FILE) {
      addFixedReads(batch);
    } else {
      addReadsOfBothFixed(batch);
    }
  }

  private void addNops(int batch) {
    for (int slot = 0; slot < batch; slot++) {
      RingRequests.nop(next()).userData(slot);
    }
  }

  private void addReads(int batch) {
    for (int slot = 0; slot < batch; slot++) {
      read(next(), descriptor, slot).userData(slot);
    }
  }

  private void addFixedReads(int batch) {
    for (int slot = 0; slot < batch; slot++) {
      read(next(), SubmissionEntry.NO_DESCRIPTOR, slot).on(FILE).userData(slot);
    }
  }

  private void addReadsOfBothFixed(int batch) {
    for (int slot = 0; slot < batch; slot++) {
      long to = address + (long) slot * Work.BLOCK_BYTES;
      FileRequests.readFixed(
              next(), SubmissionEntry.NO_DESCRIPTOR, to, Work.BLOCK_BYTES, file.nextOffset())
          .bufferIndex(slot)
          .on(FILE)
          .userData(slot);
    }
  }

  private SubmissionEntry read(SubmissionEntry entry, int fd, int slot) {
    long to = address + (long) slot * Work.BLOCK_BYTES;
    return FileRequests.read(entry, fd, to, Work.BLOCK_BYTES, file.nextOffset());
  }

  private SubmissionEntry next() {
    SubmissionEntry entry = submission.next();
    if (entry == null) {
      throw new IllegalStateException("the submission queue is full");
    }
    return entry;
  }

  @Override
  protected long submitAndTake(Work work, int batch) {
    int expected = work.expectedResult();
    long sum = 0;
    int taken = 0;
    while (taken < batch) {
      int submitted = ring.submitAndWait(batch - taken);
      if (submitted < 0 && submitted != -Errno.EINTR) {
        throw new IllegalStateException("io_uring_enter: " + Errno.description(-submitted));
      }
      int head = completion.head();
      int tail = completion.tail();
      taken += tail - head;
      for (; head != tail; head++) {
        if (completion.result(head) != expected) {
          throw unexpected(completion.result(head));
        }
        sum += completion.userData(head);
      }
      completion.advance(head);
    }
    return sum;
  }

  @Override
  public void close() {
    ring.close();
    UringCalls.close(descriptor);
  }
}
