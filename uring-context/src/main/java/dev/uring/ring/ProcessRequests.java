package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.FutexWaiters;
import dev.uring.ring.struct.SignalInfo;

/** Requests that wait for child processes, and for words of memory that threads share. */
public final class ProcessRequests {
  /** For {@link #waitFor}: any child ({@code P_ALL}); the id is then zero. */
  public static final int ANY_CHILD = 0;

  /** For {@link #waitFor}: the child with this process id ({@code P_PID}). */
  public static final int CHILD = 1;

  /** For {@link #waitFor}: any child of this process group ({@code P_PGID}). */
  public static final int GROUP = 2;

  /** For {@link #waitFor}: the child that this descriptor names ({@code P_PIDFD}). */
  public static final int CHILD_DESCRIPTOR = 3;

  /** For {@link #waitFor}: a child that was stopped ({@code WSTOPPED}). */
  public static final int STOPPED = 2;

  /** For {@link #waitFor}: a child that has ended ({@code WEXITED}). */
  public static final int EXITED = 4;

  /** For {@link #waitFor}: a child that goes on after being stopped ({@code WCONTINUED}). */
  public static final int CONTINUED = 8;

  /** For {@link #waitFor}: leave the child to be waited for again ({@code WNOWAIT}). */
  public static final int LEAVE = 0x0100_0000;

  /** As a mask of a futex: matches every other mask. */
  public static final long ANY_BITS = 0xffff_ffffL;

  private ProcessRequests() {}

  /**
   * Waits until a child changes, as {@code waitid(2)}. Zero, or -ECHILD without such a child,
   * -EINVAL without a change to wait for. 6.7.
   *
   * <p>Example: {@code ProcessRequests.waitFor(entry, CHILD, process, EXITED, info)}
   *
   * @param kind {@link #ANY_CHILD}, {@link #CHILD}, {@link #GROUP} or {@link #CHILD_DESCRIPTOR}
   * @param id as the kind says
   * @param changes {@link #EXITED}, {@link #STOPPED}, {@link #CONTINUED}, and {@link #LEAVE} if
   *     wanted. The Java virtual machine waits itself for the ends of the processes that it starts.
   * @param info where the kernel says what happened, before the completion
   */
  public static SubmissionEntry waitFor(
      SubmissionEntry entry, int kind, int id, int changes, SignalInfo info) {
    checkArgument(
        kind >= ANY_CHILD && kind <= CHILD_DESCRIPTOR, "no kind of waiting has number %s", kind);
    checkArgument(
        (changes & (EXITED | STOPPED | CONTINUED)) != 0, "there is no change to wait for");
    // The id is in the descriptor's field, the kind in the length's, the changes behind the rest.
    return entry
        .prepare(UringOperation.WAITID, id, 0, /* length= */ kind, /* offset= */ info.address())
        .secondFile(changes);
  }

  /**
   * Waits on a futex, as {@code futex_wait(2)}: until woken, zero; or at once -EAGAIN if the word
   * does not hold what was expected. 6.7.
   *
   * <p>Example: {@code ProcessRequests.futexWait(entry, address, 0, ANY_BITS, SIZE_U32)}
   *
   * @param address of the word of 32 bits, aligned to 4 bytes
   * @param expected what the word holds
   * @param mask of 32 bits, not zero: only a wake-up that shares a bit counts; {@link #ANY_BITS}
   * @param flags {@link FutexWaiters#SIZE_U32}, and {@link FutexWaiters#PRIVATE} if wanted
   */
  public static SubmissionEntry futexWait(
      SubmissionEntry entry, long address, int expected, long mask, int flags) {
    checkMask(mask);
    // The flags are in the descriptor's field.
    return entry
        .prepare(
            UringOperation.FUTEX_WAIT,
            flags,
            address,
            0,
            /* offset= */ Integer.toUnsignedLong(expected))
        .address3(mask);
  }

  /**
   * Wakes those who wait on a futex, as {@code futex_wake(2)}; the result is how many. 6.7.
   *
   * <p>Example: {@code ProcessRequests.futexWake(entry, address, 1, ANY_BITS, SIZE_U32)}
   *
   * @param address of the word of 32 bits, aligned to 4 bytes
   * @param count the most, 1 or more
   * @param mask of 32 bits, not zero: only waiters that share a bit; {@link #ANY_BITS}
   * @param flags {@link FutexWaiters#SIZE_U32}, and {@link FutexWaiters#PRIVATE} if the waiters
   *     have it
   */
  public static SubmissionEntry futexWake(
      SubmissionEntry entry, long address, int count, long mask, int flags) {
    checkMask(mask);
    checkArgument(count > 0, "a futex wakes 1 or more, not %s", count);
    return entry
        .prepare(UringOperation.FUTEX_WAKE, flags, address, 0, /* offset= */ count)
        .address3(mask);
  }

  /**
   * Waits on several futexes until one is woken, as {@code futex_waitv(2)}: the result is its
   * index, or at once -EAGAIN if one does not hold what was expected. 6.7.
   *
   * <p>Example: {@code ProcessRequests.futexWaitAny(entry, waiters).userData(42)}
   */
  public static SubmissionEntry futexWaitAny(SubmissionEntry entry, FutexWaiters waiters) {
    return entry.prepare(UringOperation.FUTEX_WAITV, 0, waiters.address(), waiters.count(), 0);
  }

  private static void checkMask(long mask) {
    if (mask == 0 || (mask & ~ANY_BITS) != 0) {
      throw new IllegalArgumentException(
          "a futex's mask has 32 bits and is not zero, not 0x" + Long.toHexString(mask));
    }
  }
}
