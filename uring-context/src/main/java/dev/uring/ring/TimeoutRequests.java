package dev.uring.ring;

import dev.uring.allowlist.UringOperation;

/**
 * Requests that wait for time to pass. A {@code struct __kernel_timespec} (seconds and nanoseconds,
 * 8 bytes each) is read when the entry is submitted.
 */
public final class TimeoutRequests {
  /** The time is a point on the clock, not a span. 5.4. */
  public static final int ABSOLUTE = 1;

  /** The clock counts suspended time too ({@code CLOCK_BOOTTIME}). 5.15. */
  public static final int BOOT_TIME = 1 << 2;

  /** The clock is the wall's ({@code CLOCK_REALTIME}). 5.15. */
  public static final int REAL_TIME = 1 << 3;

  /** That the time is up counts as success, for links and for silence; the result stays. 5.16. */
  public static final int ETIME_SUCCESS = 1 << 5;

  /** Again and again; each completion but the last says MORE. 6.4. */
  public static final int MULTISHOT = 1 << 6;

  private static final int UPDATE = 1 << 1;
  private static final int LINK_TIMEOUT_UPDATE = 1 << 4;

  private TimeoutRequests() {}

  /**
   * Ends with -ETIME when the time is up, or with 0 when so many other requests completed. 5.4. See
   * {@code io_uring_prep_timeout(3)}.
   *
   * <p>Example: {@code TimeoutRequests.timeout(entry, timespec.address(), 0, 0)}
   *
   * @param count of completions, or of expirations with {@link #MULTISHOT}; zero for none
   */
  public static SubmissionEntry timeout(
      SubmissionEntry entry, long timespecAddress, int count, int flags) {
    return entry
        .prepare(UringOperation.TIMEOUT, -1, timespecAddress, 1, count)
        .operationFlags(flags);
  }

  /**
   * Cancels the request before it in the chain when the time is up: -ETIME, or -ECANCELED. 5.5. See
   * {@code io_uring_prep_link_timeout(3)}.
   *
   * <p>Example: {@code TimeoutRequests.linkTimeout(entry, timespec.address(), 0).userData(43)}
   */
  public static SubmissionEntry linkTimeout(
      SubmissionEntry entry, long timespecAddress, int flags) {
    return entry
        .prepare(UringOperation.LINK_TIMEOUT, -1, timespecAddress, 1, 0)
        .operationFlags(flags);
  }

  /**
   * Ends the timeout with this user data: 0, -ENOENT, or -EALREADY if it is just expiring. One that
   * {@linkplain #MULTISHOT stays} is not found for the moment of its expiry, and goes on: remove it
   * again. 5.5. See {@code io_uring_prep_timeout_remove(3)}.
   *
   * <p>Example: {@code TimeoutRequests.remove(entry, 42).userData(1)}
   */
  public static SubmissionEntry remove(SubmissionEntry entry, long target) {
    return entry.prepare(UringOperation.TIMEOUT_REMOVE, -1, target, 0, 0);
  }

  /**
   * Gives the timeout with this user data another time. 5.11; of a link timeout 5.15. See {@code
   * io_uring_prep_timeout_update(3)}.
   *
   * <p>Example: {@code TimeoutRequests.update(entry, 42, timespec.address(), 0, false)}
   */
  public static SubmissionEntry update(
      SubmissionEntry entry, long target, long timespecAddress, int flags, boolean ofLink) {
    return entry
        .prepare(UringOperation.TIMEOUT_REMOVE, -1, target, 0, timespecAddress)
        .operationFlags(flags | UPDATE | (ofLink ? LINK_TIMEOUT_UPDATE : 0));
  }
}
