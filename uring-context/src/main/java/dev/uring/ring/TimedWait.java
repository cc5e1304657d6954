package dev.uring.ring;

import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Entering the kernel for a limited time ({@code IORING_ENTER_EXT_ARG}, 5.11). One object a waiting
 * thread.
 *
 * <pre>
 *   struct io_uring_getevents_arg:  0 sigmask(8)  8 sigmask_sz(4)  12 min_wait_usec(4)  16 ts(8)
 *   struct __kernel_timespec:      24 tv_sec(8)  32 tv_nsec(8)
 * </pre>
 */
public final class TimedWait {
  private static final int ENTER = EnterFlag.GETEVENTS.mask() | EnterFlag.EXT_ARG.mask();
  private static final int ARGUMENT_BYTES = 24;
  private static final int TIMESPEC = 24;
  private static final int BYTES = 40;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final ByteBuffer argument =
      ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());
  private final Ring ring;
  private final int fd;
  private final int flags;
  private final long address = RawMemory.addressOf(argument);

  /**
   * @param ring is kept for as long as this is: an index of one that was dropped may be reused
   */
  TimedWait(Ring ring, int fd, int flags) {
    this.ring = ring;
    this.fd = fd;
    this.flags = ENTER | flags;
    argument.putLong(16, address + TIMESPEC);
  }

  /**
   * Submits, and waits until the completion queue holds {@code minComplete} entries or the time is
   * up.
   *
   * @param nanoseconds from now; zero or less does not wait
   * @return the number taken, or minus an errno: ETIME, EBADF on a closed ring …
   */
  public int enter(int toSubmit, int minComplete, long nanoseconds) {
    if (ring.isClosed()) {
      return -Errno.EBADF;
    }
    long bounded = Math.max(nanoseconds, 0);
    argument.putLong(TIMESPEC, bounded / NANOS_PER_SECOND);
    argument.putLong(TIMESPEC + Long.BYTES, bounded % NANOS_PER_SECOND);
    try {
      return LifeCycle.entered(
          UringCalls.enter(fd, toSubmit, minComplete, flags, address, ARGUMENT_BYTES));
    } finally {
      Reference.reachabilityFence(argument);
    }
  }
}
