package dev.uring;

import dev.uring.ring.EnterFlags;
import dev.uring.ring.Feature;
import dev.uring.ring.Ring;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * The waits of a context. Whoever waits in the kernel holds no lock and no submission entry.
 *
 * <p>What {@code io_uring_enter} returns is believed only as far as it goes: a count says that so
 * many were submitted and nothing about completions. So the queue is looked at again after every
 * return, and the wait goes on until its promise is kept, the deadline has passed, or somebody
 * ended it.
 */
final class Waiter {
  /** Completions that an iterator has room for from the start. */
  private static final int MANY = 1024;

  private static final long WITHOUT_END = -1;

  /** How long a thread waits for another to submit: longer than that adds, shorter than is felt. */
  private static final long LEFT_NANOSECONDS = 100_000;

  private final ContextCore core;
  private final Ring ring;
  private final SubmitRing submit;
  private final CompleteRing complete;

  /** Whether the kernel can be told how long to wait. */
  private final boolean mayLeave;

  Waiter(ContextCore core, Ring ring, SubmitRing submit, CompleteRing complete) {
    this.core = core;
    this.ring = ring;
    this.submit = submit;
    this.complete = complete;
    this.mayLeave = ring.features().contains(Feature.EXT_ARG);
  }

  /**
   * Waits.
   *
   * @param timeoutNanoseconds from now, or -1 to wait for as long as it takes
   */
  int await(int minimum, long timeoutNanoseconds, CompletionHandler handler) {
    if (minimum < 1 || minimum > ring.completion().capacity()) {
      throw new IllegalArgumentException(
          "minimum must be 1 to " + ring.completion().capacity() + ", not " + minimum);
    }
    Visitor visitor = core.enterRing();
    try {
      giveBackAbandoned(visitor);
      boolean timed = timeoutNanoseconds >= 0;
      long deadline = timed ? System.nanoTime() + timeoutNanoseconds : 0;
      int delivered = 0;
      while (true) {
        // One is enough to wake for: a wake-up is one completion, whatever the minimum.
        boolean woken = complete.takeWakeUp();
        int lacking = woken || complete.has(minimum - delivered, visitor.run()) ? 0 : 1;
        boolean over = submitAndWait(visitor, lacking, timed, deadline);
        delivered += complete.drain(handler, Integer.MAX_VALUE, visitor.run());
        if (woken || delivered >= minimum || over) {
          return delivered;
        }
        core.checkUse();
        core.passOn();
      }
    } finally {
      core.leaveRing(visitor);
    }
  }

  /** Waits for so many, which the iterator then has. */
  Completions awaitEach(int minimum, long timeoutNanoseconds) {
    // A minimum that is refused is refused there, before so much room is made.
    Completions completions = new Completions(this, Math.min(Math.max(minimum, 1), MANY));
    await(minimum, timeoutNanoseconds, completions::claim);
    core.visitor().open = completions;
    return completions;
  }

  /** A wait of more than 292 years is one of 292 years. */
  static long nanoseconds(Duration timeout) {
    boolean tooLong = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0;
    return tooLong ? Long.MAX_VALUE : Math.max(timeout.toNanos(), 0);
  }

  private static void giveBackAbandoned(Visitor visitor) {
    Completions open = visitor.open;
    if (open != null) {
      visitor.open = null;
      open.close();
    }
  }

  /**
   * Submits what was added, and waits if something lacks; whether the wait is over regardless.
   *
   * <p>What another thread is about to submit is left to it. Not for long, lest it does not.
   */
  private boolean submitAndWait(Visitor visitor, int lacking, boolean timed, long deadline) {
    boolean left = mayLeave && submit.isLeftToAnother() && visitor.mayLeaveToAnother();
    if (lacking == 0) {
      if (left) {
        bringForth();
      } else {
        submitNow(submit.publish());
      }
      return false;
    }
    if (left && submit.hasPending()) {
      long most = timed ? Math.max(deadline - System.nanoTime(), 0) : LEFT_NANOSECONDS;
      sleep(visitor, 0, Math.min(most, LEFT_NANOSECONDS));
      if (!complete.has(1, visitor.run())) {
        visitor.leftInVain();
      }
    } else {
      int pending = left ? 0 : submit.publish();
      if (pending > 0 && visitor.mayBeServedAtOnce()) {
        EnterResult.check(ring.enter(pending, 0, ring.wakeFlag().and(EnterFlags.EVENTS)));
        if (complete.has(1, visitor.run())) {
          return false;
        }
        visitor.notServedAtOnce();
        pending = submit.publish();
      }
      sleep(visitor, pending, timed ? Math.max(deadline - System.nanoTime(), 0) : WITHOUT_END);
    }
    return Thread.currentThread().isInterrupted() || (timed && deadline - System.nanoTime() <= 0);
  }

  private void submitNow(int pending) {
    EnterFlags wake = ring.wakeFlag();
    boolean byItself = pending == 0 || (ring.hasPolledSubmission() && wake.isEmpty());
    if (!byItself || ring.submission().needsEnter()) {
      EnterResult.check(ring.enter(pending, 0, wake.and(EnterFlags.EVENTS)));
    }
  }

  private void sleep(Visitor visitor, int pending, long nanoseconds) {
    InterruptibleWait interruptible = visitor.interruptible();
    interruptible.enter();
    try {
      EnterResult.check(
          nanoseconds == WITHOUT_END
              ? ring.enter(pending, 1, ring.wakeFlag().and(EnterFlags.EVENTS))
              : visitor.timedWait().enter(pending, 1, nanoseconds));
    } finally {
      interruptible.leave();
    }
  }

  private void bringForth() {
    if (ring.submission().needsEnter()) {
      EnterResult.check(ring.enter(0, 0, EnterFlags.EVENTS));
    }
  }

  /** Has the kernel take what was added, without keeping others from adding; how many it took. */
  int submit() {
    Visitor visitor = core.enterRing();
    try {
      submit.submits();
      int pending = submit.publish();
      EnterFlags wake = ring.wakeFlag();
      if (pending == 0 || (ring.hasPolledSubmission() && wake.isEmpty())) {
        return pending;
      }
      int result = ring.enter(pending, 0, wake);
      EnterResult.check(result);
      return Math.max(result, 0);
    } finally {
      core.leaveRing(visitor);
    }
  }

  int poll(CompletionHandler handler, int limit) {
    Visitor visitor = core.enterRing();
    try {
      bringForth();
      return complete.drain(handler, limit, visitor.run());
    } finally {
      core.leaveRing(visitor);
    }
  }

  /** Takes claimed completions back, for whoever comes next. */
  void giveBack(ArrayDeque<Completion> unread) {
    if (!unread.isEmpty()) {
      complete.giveBack(unread);
      core.nudge();
    }
  }
}
