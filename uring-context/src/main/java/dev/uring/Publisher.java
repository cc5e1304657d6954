package dev.uring;

import dev.uring.ring.SubmissionQueue;
import java.util.function.BooleanSupplier;

/**
 * Shows the kernel what was added, and what is to be made again. Entered without the adders' lock,
 * which it takes where there is something to show.
 */
final class Publisher {
  /** In place of how many are pending: another thread adds a group, for as long as it likes. */
  static final int HELD = -1;

  private final SubmissionQueue queue;
  private final AdderLock lock;
  private final AdditionGroup group;
  private final AddedCount added;

  /** Requests that a completion asked to be made again; done by whoever submits next. */
  private final Retries retries = new Retries();

  private final BooleanSupplier anothersGroup;

  /** Whether threads wait that are to look again when the group which is being added is done. */
  private volatile boolean awaited;

  /** Whether one could not submit, and left it to the thread that adds a group. */
  private volatile boolean owed;

  Publisher(SubmissionQueue queue, AdderLock lock, AdditionGroup group, AddedCount added) {
    this.queue = queue;
    this.lock = lock;
    this.group = group;
    this.added = added;
    this.anothersGroup = group::isOpenToOthers;
  }

  Retries retries() {
    return retries;
  }

  /** Makes again what is to be; under the lock. */
  void retry() {
    if (!retries.isEmpty()) {
      long before = queue.filled();
      retries.run(queue);
      added.exclude(queue.filled() - before);
    }
  }

  /** Whether the kernel has not taken all that was added; of the calling thread's it knows. */
  boolean hasPending() {
    return queue.published() != 0;
  }

  /** Shows the kernel what was added; how many it has not taken. */
  int publish() {
    mustNotBeAdding();
    int pending = pendingIfShown();
    if (pending >= 0) {
      return pending;
    }
    lock.enter();
    return publishAndLeave();
  }

  /**
   * As {@link #publish}, or {@link #HELD} while another thread adds a group. What runs meanwhile is
   * its caller's, and may take any time; all others who have the lock are about to leave.
   *
   * @param leaving whether the calling thread may not come again for long: then the thread that
   *     adds the group submits, at the end of it, and else has this one look again
   */
  int publishUnlessHeld(boolean leaving) {
    mustNotBeAdding();
    int pending = pendingIfShown();
    if (pending >= 0) {
      return pending;
    }
    if (!lock.enterUnless(anothersGroup)) {
      // In this order: who leaves the lock after this sees it, or who wants it finds it free.
      if (leaving) {
        owed = true;
      } else {
        awaited = true;
      }
      if (!lock.enterUnless(anothersGroup)) {
        return HELD;
      }
    }
    return publishAndLeave();
  }

  /** Threads that only reap find nothing to publish, and no lock to wait for: else below zero. */
  private int pendingIfShown() {
    return retries.isEmpty() ? queue.published() : -1;
  }

  private int publishAndLeave() {
    try {
      retry();
      // What was owed is in the count that the caller is about to submit.
      boolean unused = takeOwed();
      return queue.publish();
    } finally {
      lock.leave();
    }
  }

  /**
   * As {@link #publish}, for a kernel thread that takes it; how many are shown for the first time.
   */
  int show() {
    mustNotBeAdding();
    lock.enter();
    try {
      retry();
      return queue.show();
    } finally {
      lock.leave();
    }
  }

  /** Whether threads wait for the end of a group, of which the calling thread takes care. */
  boolean takeAwaited() {
    boolean was = awaited;
    if (was) {
      awaited = false;
    }
    return was;
  }

  /** Whether one left what is to be submitted, of which the calling thread takes care. */
  boolean takeOwed() {
    boolean was = owed;
    if (was) {
      owed = false;
    }
    return was;
  }

  private void mustNotBeAdding() {
    if (group.isAddedHere()) {
      throw new IllegalStateException("nothing is submitted while requests are added together");
    }
  }
}
