package dev.uring.disk;

/**
 * A deadline on a loop, made once and armed as often as needed. For the loop's thread.
 *
 * <p>Arming and disarming move no other timer and allocate nothing: a message that arrives in two
 * pieces costs two stores.
 */
public final class LoopTimer {
  static final long DISARMED = Long.MAX_VALUE;

  private final LoopTimers timers;
  private final Runnable action;
  private long deadline = DISARMED;

  LoopTimer(LoopTimers timers, Runnable action) {
    this.timers = timers;
    this.action = action;
  }

  /** Lets the action run so many nanoseconds from now, instead of when it would have run. */
  public void arm(long nanoseconds) {
    boolean wasArmed = isArmed();
    deadline = timers.now() + nanoseconds;
    timers.armed(deadline, wasArmed);
  }

  /** Lets the action not run. */
  public void disarm() {
    if (isArmed()) {
      deadline = DISARMED;
      timers.disarmed();
    }
  }

  /** Whether the action is going to run. */
  public boolean isArmed() {
    return deadline != DISARMED;
  }

  /** Runs the action if its time has come; otherwise gives the deadline, or {@link #DISARMED}. */
  long expire(long now) {
    if (isArmed() && deadline <= now) {
      disarm();
      action.run();
    }
    return deadline;
  }
}
