package dev.uring;

import dev.uring.ring.SubmissionQueue;
import org.jspecify.annotations.Nullable;

/** Adds requests together: under one lock, and so that the kernel sees all of them or none. */
final class GroupAdder {
  private final ContextCore core;
  private final boolean polledSubmission;
  private final SubmissionQueue queue;
  private final InFlightTable table;
  private final AdderLock lock;
  private final AdditionGroup group;
  private final AddedCount added;
  private final QueueRoom room;

  GroupAdder(
      ContextCore core,
      QueueRoom room,
      InFlightTable table,
      AdderLock lock,
      AdditionGroup group,
      AddedCount added) {
    this.core = core;
    this.polledSubmission = room.ring().hasPolledSubmission();
    this.queue = room.ring().submission();
    this.table = table;
    this.lock = lock;
    this.group = group;
    this.added = added;
    this.room = room;
  }

  /**
   * Lets requests be added under one lock and submitted in one piece; nothing closes meanwhile.
   *
   * @param entryFlags set on each; those that link not on the last
   */
  void together(int requests, int entryFlags, Runnable adding) {
    core.mayBeUsed();
    if (group.isAddedHere()) {
      throw new IllegalStateException("requests are being added together already");
    }
    lock.enter();
    try {
      makeRoom(requests);
      lock.habits().adds(Thread.currentThread());
      addGroup(requests, entryFlags, adding);
    } finally {
      @Nullable Visitor leaver = group.takeLeaver();
      lock.leave();
      if (leaver != null) {
        // It came in when the context was closing already, and the ring may be gone.
        core.nudge();
        core.backOut(leaver);
      } else {
        core.waiter().whenAdded();
      }
    }
  }

  /**
   * Refuses so many, if requests are being added together and fewer are left of those announced.
   */
  void checkRoom(int requests) {
    if (group.isOpen()) {
      group.checkRoom(requests);
    }
  }

  private void makeRoom(int requests) {
    if (requests < 1 || requests > queue.capacity()) {
      throw new IllegalArgumentException(
          "1 to " + queue.capacity() + " requests can be added together, not " + requests);
    }
    if (!table.regain(requests)) {
      throw new RingFullException(table.places());
    }
    if (!queue.hasRoom(requests)) {
      room.mustMake(requests);
    }
  }

  private void addGroup(int requests, int entryFlags, Runnable adding) {
    // In this order: the first may fail, for want of memory.
    lock.keep();
    group.open(requests, entryFlags);
    boolean done = false;
    try {
      adding.run();
      done = true;
    } finally {
      try {
        if (!done || group.count() == 0) {
          takeBack();
        } else if (group.isLinked()) {
          queue.current().withoutFlags(RequestOptions.LINKS);
        }
      } finally {
        group.close();
        lock.keepNoLonger();
        show();
      }
    }
  }

  private void takeBack() {
    int count = group.count();
    try {
      added.exclude(group.finishAll(table) - count);
    } finally {
      queue.takeBack(count);
    }
  }

  /** While the lock is there anyway: whoever awaits next needs it no more (some 10 ns). */
  private void show() {
    // A polling kernel thread would not wait for submit().
    if (!polledSubmission) {
      int unused = queue.show();
    }
  }
}
