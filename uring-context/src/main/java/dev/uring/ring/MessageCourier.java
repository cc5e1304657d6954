package dev.uring.ring;

import dev.uring.sys.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages to rings on kernels that want a ring for that ({@code IORING_OP_MSG_RING}, 5.18):
 * by one ring for the whole process, which is made when the first message is sent and stays.
 */
final class MessageCourier {
  private static final int ENTRIES = 8;

  /**
   * How long a message is waited for: where the target's work is deferred to its owner, kernels
   * from 6.2 to 6.9 deliver it when the owner comes by.
   */
  private static final long PATIENCE_NANOSECONDS = 100_000_000L;

  private static @Nullable Ring ring;
  private static long sent;

  private MessageCourier() {}

  /**
   * Sends a completion to a ring: zero, or minus an errno; EINVAL where the kernel cannot. Zero
   * also stands for a message that is under way still.
   */
  static synchronized int send(int target, long userData, int result) {
    try {
      Ring courier = ring();
      SubmissionEntry entry = courier.submission().next();
      if (entry == null) {
        // Only after the kernel had no memory to take what stood in place of others.
        int taken = courier.submit();
        entry = courier.submission().next();
        if (entry == null) {
          return taken < 0 ? taken : -Errno.EAGAIN;
        }
      }
      sent++;
      RingRequests.message(entry, target, userData, result).userData(sent);
      int submitted = courier.submit();
      if (courier.submission().pending() > 0) {
        // It must not be sent later: by then another ring may have the target's number.
        RingRequests.nop(entry).userData(sent);
        return submitted < 0 ? submitted : -Errno.EAGAIN;
      }
      return outcome(courier);
    } catch (UringException e) {
      // It cannot be made here: too old a kernel, a sandbox, too many open files.
      return -e.errno();
    }
  }

  private static Ring ring() {
    Ring made = ring;
    if (made == null) {
      made = Ring.builder(ENTRIES).build();
      ring = made;
    }
    return made;
  }

  private static int outcome(Ring courier) {
    CompletionQueue queue = courier.completion();
    long deadline = System.nanoTime() + PATIENCE_NANOSECONDS;
    while (true) {
      int end = queue.tail();
      for (int index = queue.head(); index != end; index++) {
        long number = queue.userData(index);
        int result = queue.result(index);
        queue.advance(index + 1);
        if (number == sent) {
          return result;
        }
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return 0;
      }
      int waited = courier.submitAndWait(1, left);
      if (waited < 0 && waited != -Errno.EINTR && waited != -Errno.ETIME) {
        return waited;
      }
    }
  }
}
