package dev.uring.ring;

import dev.uring.ring.struct.RegisteredWait;
import dev.uring.ring.struct.WaitArguments;
import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * Entering the kernel with everything that a wait can be told ({@code IORING_ENTER_EXT_ARG}, 5.11):
 * a time, relative or absolute, a shorter time to gather completions, a signal mask, how it counts
 * to the scheduler. {@link TimedWait} is the quick one for a relative time alone.
 *
 * <p>One object a waiting thread; the settings stay until they are changed. What a kernel does not
 * know it refuses with EINVAL.
 */
public final class ExtendedWait {
  private static final int ENTER = EnterFlag.GETEVENTS.mask() | EnterFlag.EXT_ARG.mask();

  private final WaitArguments arguments = new WaitArguments();
  private final Ring ring;

  /** Of a half of the ring, whose index may be given back. */
  private final @Nullable ThreadEntrance half;

  private final int fd;
  private final int fixedFlags;
  private int flags;

  ExtendedWait(Ring ring, int fd, int fixedFlags) {
    this.ring = ring;
    this.half = null;
    this.fd = fd;
    this.fixedFlags = fixedFlags | ENTER;
  }

  ExtendedWait(Ring ring, ThreadEntrance half) {
    this.ring = ring;
    this.half = half;
    this.fd = -1;
    this.fixedFlags = ENTER;
  }

  private int enter(int toSubmit, int minComplete, int more, long argument, int argumentBytes) {
    int number = half == null ? fd : half.fd();
    int all = (half == null ? 0 : half.flags()) | fixedFlags | flags | more;
    return UringCalls.enter(number, toSubmit, minComplete, all, argument, argumentBytes);
  }

  /** The wait ends so many nanoseconds from its beginning, with ETIME. */
  public ExtendedWait forAtMost(long nanoseconds) {
    arguments.time(nanoseconds);
    flags &= ~EnterFlag.ABS_TIMER.mask();
    return this;
  }

  /**
   * The wait ends when the ring's {@linkplain WaitSettings#clock clock} shows so many nanoseconds,
   * with ETIME. 6.12. The monotonic clock is the one of {@code System.nanoTime} on Linux.
   */
  public ExtendedWait until(long nanoseconds) {
    arguments.time(nanoseconds);
    flags |= EnterFlag.ABS_TIMER.mask();
    return this;
  }

  /** The wait has no end of its own. */
  public ExtendedWait withoutEnd() {
    arguments.noTime();
    flags &= ~EnterFlag.ABS_TIMER.mask();
    return this;
  }

  /**
   * Gathers completions so long: after it one is enough, whatever was asked for, and if there is
   * none by then the first ends the wait. Zero for no such time. 6.12.
   *
   * @param microseconds less than the time of the wait itself
   */
  public ExtendedWait gatheringFor(int microseconds) {
    arguments.minimumWait(microseconds);
    return this;
  }

  /** While waiting these signals are blocked and no others; signal n is bit n - 1. */
  public ExtendedWait blockingSignals(long mask) {
    arguments.signalMask(mask);
    return this;
  }

  /** Signals are blocked while waiting as they are otherwise. */
  public ExtendedWait withSignalsAsTheyAre() {
    arguments.noSignalMask();
    return this;
  }

  /** Whether the wait counts as waiting for I/O, which keeps the processor quick. 6.15. */
  public ExtendedWait countingAsIo(boolean counting) {
    int mask = EnterFlag.NO_IOWAIT.mask();
    flags = counting ? flags & ~mask : flags | mask;
    return this;
  }

  /**
   * Submits, and waits until the completion queue holds {@code minComplete} entries or the wait
   * ends otherwise.
   *
   * @return the number taken, or minus an errno: ETIME, EINTR, EINVAL, EBADF on a closed ring …
   */
  public int enter(int toSubmit, int minComplete) {
    if (ring.isClosed()) {
      return -Errno.EBADF;
    }
    try {
      return enter(toSubmit, minComplete, 0, arguments.address(), WaitArguments.BYTES);
    } finally {
      // The kernel reads them after it has submitted.
      Reference.reachabilityFence(arguments);
    }
  }

  /**
   * As {@link #enter(int, int)}, with the arguments of a registered wait instead of those here but
   * for the clock's kind and {@link #countingAsIo}. 6.13.
   */
  public int enter(int toSubmit, int minComplete, RegisteredWaits waits, int index) {
    if (ring.isClosed()) {
      return -Errno.EBADF;
    }
    int registered = EnterFlag.EXT_ARG_REG.mask();
    return enter(toSubmit, minComplete, registered, waits.offset(index), RegisteredWait.BYTES);
  }
}
