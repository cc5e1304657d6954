package dev.uring;

import dev.uring.ring.TimeoutRequests;
import java.time.Duration;
import java.time.Instant;

/**
 * Requests that wait for time to pass, of a {@link URingContext}. That the time is up is the result
 * -ETIME; that somebody ended it before, -ECANCELED. Source: {@code io_uring_enter(2)}.
 *
 * <p>Spans are of the monotonic clock, which stands still while the machine sleeps. They are zero
 * or more, to the nanosecond; a negative one is refused with an {@link IllegalArgumentException}.
 *
 * <p>Where the allowlist requires registered files the kernel refuses {@link #remove}, {@link
 * #update} and {@link #updateLimit} with -EINVAL, permitted or not (6.18): there {@link
 * URingContext#asyncCancel} ends a timeout.
 */
public final class TimeRequests {
  /** A timespec takes the room of the addresses of two pieces. */
  private static final int TIMESPEC_PIECES = 2;

  private final SubmitRing submit;
  private final CancelRequests cancels;

  TimeRequests(SubmitRing submit, CancelRequests cancels) {
    this.submit = submit;
    this.cancels = cancels;
  }

  /**
   * Ends after a span of time, by {@code context.timeouts().add(Duration.ofSeconds(1), 1)}: -ETIME.
   * 5.4.
   */
  public void add(Duration span, long userData) {
    add(seconds(span), span.toNanosPart(), 0, 0, userData);
  }

  /**
   * Ends after a span of time, or with 0 once so many further requests have completed, by {@code
   * context.timeouts().addOrAfter(8, Duration.ofSeconds(1), 1)}: -ETIME or 0. 5.4. The kernel
   * counts completions, those that wake threads ({@link URingContext#wakeup}) included, and those
   * of timeouts whose time is up left out.
   *
   * @param completions 1 or more
   */
  public void addOrAfter(int completions, Duration span, long userData) {
    if (completions < 1) {
      throw new IllegalArgumentException("completions is not above zero: " + completions);
    }
    add(seconds(span), span.toNanosPart(), completions, 0, userData);
  }

  /**
   * Ends at a time of the wall's clock, whenever that is set to it, by {@code
   * context.timeouts().addAt(instant, 1)}: -ETIME, at once if it has passed. 5.15.
   *
   * @param time before 1970 as 1970
   */
  public void addAt(Instant time, long userData) {
    int flags = TimeoutRequests.ABSOLUTE | TimeoutRequests.REAL_TIME;
    // The kernel's clock has no time before 1970; that is over, too.
    Instant known = time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
    add(known.getEpochSecond(), known.getNano(), 0, flags, userData);
  }

  /**
   * Reports -ETIME again and again, by {@code context.timeouts().addRepeated(Duration.ofSeconds(1),
   * 0, 1)}; completions but the last say MORE. 6.4.
   *
   * <p>While it reports it can be neither removed nor cancelled: one that reports all the time, as
   * with an interval of microseconds, ends with the context only.
   *
   * @param times how often, or zero for ever; it is not negative
   */
  public void addRepeated(Duration interval, int times, long userData) {
    if (times < 0) {
      throw new IllegalArgumentException("times is negative: " + times);
    }
    add(seconds(interval), interval.toNanosPart(), times, TimeoutRequests.MULTISHOT, userData);
  }

  private void add(long seconds, int nanoseconds, int count, int flags, long userData) {
    int place = submit.begin(TIMESPEC_PIECES, userData);
    long address = submit.hold(place).timespec(seconds, nanoseconds);
    TimeoutRequests.timeout(submit.entry(), address, count, flags);
    submit.end();
  }

  /**
   * Cancels the request that was added just before it, in the same {@linkplain ChainRequests#linked
   * chain}, if that takes longer, by {@code context.timeouts().addLimit(Duration.ofSeconds(1), 2)}:
   * -ETIME if it did, else -ECANCELED. If the request was running and could not be stopped it is
   * -EALREADY. It ends with its request: neither {@link #remove} nor {@link
   * URingContext#asyncCancel} finds it. 5.5.
   *
   * @throws IllegalArgumentException outside of a chain, where there is nothing to limit
   */
  public void addLimit(Duration span, long userData) {
    long seconds = seconds(span);
    submit.checkFollows();
    int place = submit.begin(TIMESPEC_PIECES, userData);
    long address = submit.hold(place).timespec(seconds, span.toNanosPart());
    TimeoutRequests.linkTimeout(submit.entry(), address, 0);
    submit.end();
  }

  /**
   * Ends a timeout that was added with this user data, by {@code context.timeouts().remove(1, 2)};
   * its completion is then -ECANCELED. The result is 0, or -ENOENT if there is none any more, or
   * -EALREADY in the moment of its expiry; then its completion is -ETIME. One that {@linkplain
   * #addRepeated repeats} is not found while it reports, and goes on: remove it again. 5.5.
   */
  public void remove(long target, long userData) {
    cancels.seek(
        target, userData, 0, (request, entry, token) -> TimeoutRequests.remove(entry, token));
  }

  /**
   * Lets a timeout that was added with this user data end after another span, from now, by {@code
   * context.timeouts().update(1, Duration.ofSeconds(2), 3)}. Results as of {@link #remove}. 5.11.
   *
   * <p>It then ends by time only. One of {@link #addOrAfter} counts no more; one of {@link
   * #addRepeated} goes on for ever, at the new interval, however often it was to (6.18).
   */
  public void update(long target, Duration span, long userData) {
    update(target, span, false, userData);
  }

  /**
   * As {@link #update(long, Duration, long)}, for a limit of a request that runs, by {@code
   * context.timeouts().updateLimit(1, Duration.ofSeconds(2), 3)}. 5.15.
   */
  public void updateLimit(long target, Duration span, long userData) {
    update(target, span, true, userData);
  }

  private void update(long target, Duration span, boolean ofLink, long userData) {
    long seconds = seconds(span);
    cancels.seek(
        target,
        userData,
        TIMESPEC_PIECES,
        (request, entry, token) -> {
          long address = request.timespec(seconds, span.toNanosPart());
          TimeoutRequests.update(entry, token, address, 0, ofLink);
        });
  }

  private static long seconds(Duration span) {
    if (span.isNegative()) {
      throw new IllegalArgumentException("the span is negative: " + span);
    }
    return span.toSeconds();
  }
}
