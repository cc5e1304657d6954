package dev.uring.disk;

import java.util.ArrayList;
import java.util.List;

/**
 * The deadlines of one loop, which are the time-out of its wait.
 *
 * <p>There are few (one or two a connection), they are armed far more often than they expire, and
 * nobody needs them exact: so the earliest is only ever moved forward, and all are looked at when
 * it passes.
 */
final class LoopTimers {
  private final long origin = System.nanoTime();
  private final List<LoopTimer> timers = new ArrayList<>();
  private long earliest = LoopTimer.DISARMED;
  private int armed;

  LoopTimer add(Runnable action) {
    LoopTimer timer = new LoopTimer(this, action);
    timers.add(timer);
    return timer;
  }

  long now() {
    return System.nanoTime() - origin;
  }

  void armed(long deadline, boolean again) {
    if (!again) {
      armed++;
    }
    earliest = Math.min(earliest, deadline);
  }

  void disarmed() {
    armed--;
  }

  /** Nanoseconds until something may be due, or -1 if nothing ever is. */
  long untilEarliest() {
    return armed == 0 ? -1 : Math.max(earliest - now(), 0);
  }

  void expire() {
    if (armed == 0 || now() < earliest) {
      return;
    }
    long now = now();
    earliest = LoopTimer.DISARMED;
    for (int index = 0; index < timers.size(); index++) {
      LoopTimer timer = timers.get(index);
      long deadline = timer.expire(now);
      earliest = Math.min(earliest, deadline);
    }
  }
}
