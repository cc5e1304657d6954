package dev.uring;

import dev.uring.ring.Feature;
import dev.uring.ring.Ring;
import java.time.Duration;
import java.util.Objects;

/**
 * The waits of a context. Whoever waits in the kernel holds no lock and no submission entry.
 *
 * <p>What {@code io_uring_enter} returns is believed only as far as it goes: a count says that so
 * many were submitted and nothing about completions. So the queue is looked at again after every
 * return, and the wait goes on until its promise is kept, the deadline has passed, or somebody
 * ended it.
 */
final class Waiter {
  /** In place of a deadline. */
  private static final long WITHOUT_END = Long.MIN_VALUE;

  /** How long a thread waits for another to submit: longer than that adds, shorter than is felt. */
  private static final long LEFT_NANOSECONDS = 100_000;

  /** How long for one that adds a group, and says when it has: longer than that takes, mostly. */
  private static final long HELD_NANOSECONDS = 10_000_000;

  private final ContextCore core;
  private final Ring ring;
  private final SubmitRing submit;
  private final Publisher publisher;
  private final CompleteRing complete;
  private final boolean polledSubmission;

  /** Whether completions are there only when somebody has entered the kernel for them. */
  private final boolean polledIo;

  /** The most that can be waited for. */
  private final int capacity;

  /** Whether there are other threads to leave entries to, and a wait can be limited meanwhile. */
  private final boolean mayLeave;

  Waiter(ContextCore core, Ring ring, SubmitRing submit, CompleteRing complete, boolean shared) {
    this.core = core;
    this.ring = ring;
    this.submit = submit;
    this.publisher = submit.publisher();
    this.complete = complete;
    this.polledSubmission = ring.hasPolledSubmission();
    this.polledIo = ring.hasPolledIo() && !polledSubmission;
    this.capacity = ring.completion().capacity();
    this.mayLeave = shared && ring.features().contains(Feature.EXT_ARG);
  }

  /**
   * Waits.
   *
   * @param timeoutNanoseconds from now, or -1 to wait for as long as it takes
   */
  int await(int minimum, long timeoutNanoseconds, CompletionHandler handler) {
    Objects.requireNonNull(handler, "handler");
    checkMinimum(minimum);
    Visitor visitor = core.enterRing();
    try {
      giveBackAbandoned(visitor);
      return await(visitor, minimum, Integer.MAX_VALUE, timeoutNanoseconds, handler);
    } finally {
      leave(visitor);
    }
  }

  /**
   * Whoever watches the ring does not wait in it: it comes by if there is something to make again.
   */
  private void leave(Visitor visitor) {
    try {
      // In this order: whoever leaves asks the one anyway, and all else is cold after a wait.
      if (core.watch().wantsMessages() && submit.hasRetries()) {
        core.tellWhoWatches();
      }
    } finally {
      core.leaveRing(visitor);
    }
  }

  private void checkMinimum(int minimum) {
    if (minimum < 1 || minimum > capacity) {
      throw new IllegalArgumentException("minimum must be 1 to " + capacity + ", not " + minimum);
    }
  }

  private int await(
      Visitor visitor, int minimum, int most, long timeoutNanoseconds, CompletionHandler handler) {
    // An odd one is never the time that stands for none.
    long deadline =
        timeoutNanoseconds < 0 ? WITHOUT_END : (System.nanoTime() + timeoutNanoseconds) | 1;
    int delivered = 0;
    while (true) {
      boolean woken = complete.takeWakeUp();
      boolean over = submitAndWait(visitor, woken, minimum - delivered, deadline);
      int more = complete.drain(handler, most - delivered, minimum - delivered, visitor);
      delivered += more;
      visitor.wasServed(more);
      if (woken || delivered >= minimum || over) {
        return delivered;
      }
      core.checkUse();
      boolean unused = core.passOnAtOnce();
    }
  }

  /** Waits for so many, which the iterator then has. */
  Completions awaitEach(int minimum, long timeoutNanoseconds) {
    checkMinimum(minimum);
    Visitor visitor = core.enterRing();
    try {
      giveBackAbandoned(visitor);
      Completions completions = new Completions(this, visitor.claimed());
      // Known before it waits: what was claimed is given back if the wait fails.
      visitor.open = completions;
      // What nobody else can have may be claimed at once.
      int most = core.owner() == null ? minimum : Integer.MAX_VALUE;
      int unused = await(visitor, minimum, most, timeoutNanoseconds, visitor.claimed());
      return completions;
    } finally {
      leave(visitor);
    }
  }

  /** A wait of more than 292 years is one of 292 years, and one of less than nothing is none. */
  static long nanoseconds(Duration timeout) {
    if (timeout.isNegative()) {
      return 0;
    }
    boolean tooLong = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0;
    return tooLong ? Long.MAX_VALUE : timeout.toNanos();
  }

  private static void giveBackAbandoned(Visitor visitor) {
    Completions open = visitor.open;
    if (open != null) {
      visitor.open = null;
      open.close();
    }
  }

  /**
   * Submits what was added, and waits if something lacks and is not likely to be there at once;
   * whether the wait is over regardless.
   *
   * <p>What another thread is about to submit is left to it. Not for long, lest it does not; and
   * not if this thread was woken, perhaps to submit it.
   */
  private boolean submitAndWait(Visitor visitor, boolean woken, int wanted, long deadline) {
    boolean left = !woken && mayLeave && submit.isLeftToAnother() && visitor.mayLeaveToAnother();
    int pending = left ? 0 : publishUnlessHeld(woken);
    boolean held = pending == Publisher.HELD;
    if (held) {
      left = true;
      pending = 0;
    }
    int told = toTake(visitor, pending);
    if (told != pending) {
      // By a call of its own: one that was told of more than there are does not wait. That is as it
      // should be where the kernel has not taken all.
      submitNow(visitor, pending);
      pending = publisher.hasPending() ? told : 0;
    }
    // Who enters the kernel anyway need not look before whether there is enough.
    boolean atOnce = !woken && pending > 0 && visitor.mayBeServedAtOnce();
    if (atOnce || woken || complete.has(wanted, visitor)) {
      submitNow(visitor, pending);
      return false;
    }
    long most = held ? HELD_NANOSECONDS : left ? LEFT_NANOSECONDS : 0;
    return sleep(visitor, pending, most, deadline);
  }

  /**
   * Submits without waiting, and has the kernel bring forth what it holds back, be it only from
   * then on: the next link of a chain begins with that.
   */
  private void submitNow(Visitor visitor, int pending) {
    boolean submitting = wantsEnter(pending);
    if (isHoldingBack(pending) || (submitting && visitor.mayBeHeldBack())) {
      EnterResult.check(visitor.entrance().enterForEvents(toTake(visitor, pending), 0));
    } else if (submitting) {
      // Whoever asks for events when there is nothing to bring forth pays 45 ns for it.
      EnterResult.check(visitor.entrance().enter(toTake(visitor, pending)));
      if (ring.submission().needsEnter()) {
        visitor.wasHeldBack();
        EnterResult.check(visitor.entrance().enterForEvents(0, 0));
      }
    }
  }

  /** Whether the kernel may have completions that it brings forth only when asked. */
  private boolean isHoldingBack(int pending) {
    return ring.submission().needsEnter() || (polledIo && (pending > 0 || complete.isEmpty()));
  }

  /** How many entries the kernel is told to take: all, where a count of some may have grown old. */
  private int toTake(Visitor visitor, int pending) {
    boolean all = pending > 0 && submit.mayCutChains(visitor);
    return all ? ring.submission().capacity() : pending;
  }

  /** Whether entries are left to take, and no kernel thread that is awake takes them. */
  private boolean wantsEnter(int pending) {
    return pending > 0 && !(polledSubmission && ring.wakeFlag().isEmpty());
  }

  /**
   * Waits for one completion, whatever the minimum, since a wake-up is one. Whether the time is up,
   * or the thread was interrupted.
   *
   * @param most nanoseconds to wait while something is left to another thread; zero if nothing is
   */
  private boolean sleep(Visitor visitor, int pending, long most, long deadline) {
    if (Thread.currentThread().isInterrupted()) {
      submitNow(visitor, most > 0 ? publishLeaving() : pending);
      return true;
    }
    boolean timed = deadline != WITHOUT_END;
    boolean anothers = most == HELD_NANOSECONDS || (most > 0 && publisher.hasPending());
    InterruptibleWait interruptible = visitor.interruptible();
    try {
      // Asks the thread itself, whose answer may be an exception: it is to leave then, too.
      interruptible.enter();
      if (timed || anothers) {
        long rest = timed ? Math.max(deadline - System.nanoTime(), 0) : most;
        long nanoseconds = anothers ? Math.min(rest, most) : rest;
        EnterResult.check(visitor.entrance().enterForEvents(pending, 1, nanoseconds));
      } else {
        EnterResult.check(visitor.entrance().enterForEvents(pending, 1));
      }
    } finally {
      interruptible.leave();
    }
    boolean over =
        Thread.currentThread().isInterrupted() || (timed && deadline - System.nanoTime() <= 0);
    if (anothers) {
      if (!complete.has(1, visitor)) {
        visitor.leftInVain();
      }
      if (over) {
        // This thread may not look again for long.
        submitNow(visitor, publishLeaving());
      }
    }
    return over;
  }

  /** Where a wait can be limited, nobody is waited for who may add for long. */
  private int publishUnlessHeld(boolean leaving) {
    return mayLeave ? publisher.publishUnlessHeld(leaving) : publisher.publish();
  }

  /** Zero, too, if another thread adds a group, which submits then. */
  private int publishLeaving() {
    return Math.max(publishUnlessHeld(true), 0);
  }

  /** The calling thread has added a group: those who did not wait for that go on. */
  void whenAdded() {
    if (publisher.takeOwed()) {
      core.insideIfOpen(this::submitForOthers);
    }
    if (publisher.takeAwaited()) {
      core.nudge();
    }
  }

  private void submitForOthers(Visitor visitor) {
    int pending = publishLeaving();
    if (wantsEnter(pending)) {
      // An error is not this thread's: whoever submits what is left meets it, too.
      int unused = visitor.entrance().enter(toTake(visitor, pending));
    }
  }

  private void bringForth(Visitor visitor) {
    if (isHoldingBack(0)) {
      EnterResult.check(visitor.entrance().enterForEvents(0, 0));
    }
  }

  /** Has the kernel take what was added, without keeping others from adding; how many it took. */
  int submit() {
    Visitor visitor = core.enterRing();
    try {
      submit.submits();
      if (polledSubmission) {
        return handToKernelThread(visitor);
      }
      int pending = publisher.publish();
      if (pending == 0) {
        return 0;
      }
      int result = visitor.entrance().enter(toTake(visitor, pending));
      EnterResult.check(result);
      return Math.max(result, 0);
    } finally {
      core.leaveRing(visitor);
    }
  }

  /** What the kernel thread has not taken yet was counted when it was shown: once is enough. */
  private int handToKernelThread(Visitor visitor) {
    int shown = publisher.show();
    if (publisher.hasPending() && !ring.wakeFlag().isEmpty()) {
      EnterResult.check(visitor.entrance().enter(shown));
    }
    return shown;
  }

  int poll(CompletionHandler handler, int limit) {
    Objects.requireNonNull(handler, "handler");
    Visitor visitor = core.enterRing();
    try {
      bringForth(visitor);
      int delivered = complete.drain(handler, limit, 1, visitor);
      // What the library has to make again is waited for by somebody who perhaps only polls. Not
      // before the caller has seen what was there: what is still true would be reported for ever.
      if (delivered == 0 && submit.hasRetries() && !submit.isAddingTogether() && !core.isClosed()) {
        submitNow(visitor, publishLeaving());
      }
      return delivered;
    } finally {
      leave(visitor);
    }
  }

  /** Takes claimed completions back, for whoever comes next. */
  void giveBack(ClaimedCompletions unread) {
    if (!unread.isEmpty()) {
      try {
        complete.giveBack(unread);
      } finally {
        tellOfReturned();
      }
    }
  }

  /** Completions were given back: those who wait or watch look again. */
  private void tellOfReturned() {
    if (core.owner() != null) {
      if (core.watch().isWatched()) {
        core.nudge();
      }
      return;
    }
    core.insideIfOpen(
        visitor -> {
          if (!core.passOnAtOnce()) {
            core.tellWhoWatches();
          }
        });
  }
}
