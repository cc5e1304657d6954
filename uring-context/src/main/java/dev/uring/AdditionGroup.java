package dev.uring;

import dev.uring.ring.SubmissionQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The requests that are being added together, and which are taken back together if their adder
 * throws: the newest entries of the submission queue, which the kernel has not been shown. Touched
 * by that adder only, but for where it says so.
 */
final class AdditionGroup {
  private static final AtomicIntegerFieldUpdater<AdditionGroup> OPEN =
      AtomicIntegerFieldUpdater.newUpdater(AdditionGroup.class, "openToOthers");

  private final SubmissionQueue queue;
  private final AdderLock lock;
  private boolean open;

  /** The same for other threads, who see it a little late: a store that waits for nothing. */
  private volatile int openToOthers;

  /** How far the queue was filled at first, and how far it may be filled. */
  private long start;

  private long end;
  private int flags;

  /** Whether any entry may have a link to the next, which the last must not have. */
  private boolean linked;

  /** Whether several threads have the kernel take entries, each so many as it has counted. */
  private final boolean countsGrowOld;

  /** Whether any group ever had links. */
  private volatile boolean everLinked;

  private @Nullable Visitor leaver;

  AdditionGroup(SubmissionQueue queue, AdderLock lock, boolean countsGrowOld) {
    this.queue = queue;
    this.lock = lock;
    this.countsGrowOld = countsGrowOld;
  }

  boolean isOpen() {
    return open;
  }

  /** Whether the calling thread, which may be any, is adding it. */
  boolean isAddedHere() {
    return lock.isKept() && open;
  }

  /** As {@link #isOpen}, by threads other than the adder. */
  boolean isOpenToOthers() {
    return openToOthers != 0;
  }

  void open(int requests, int entryFlags) {
    open = true;
    OPEN.lazySet(this, 1);
    start = queue.filled();
    end = start + requests;
    flags = entryFlags;
    linked = false;
    if ((entryFlags & RequestOptions.LINKS) != 0) {
      link();
    }
  }

  void close() {
    open = false;
    OPEN.lazySet(this, 0);
    flags = 0;
  }

  /** The adder closed the context: it adds no more, and leaves the ring when this is closed. */
  void leaveAfter(Visitor visitor) {
    leaver = visitor;
    end = queue.filled();
  }

  /** Who is to leave the ring now, if somebody is. */
  @Nullable Visitor takeLeaver() {
    @Nullable Visitor visitor = leaver;
    if (visitor != null) {
      leaver = null;
    }
    return visitor;
  }

  /** Refuses one more than were announced. */
  void checkRoom() {
    checkRoom(1);
  }

  /** Refuses so many more if that is more than were announced. */
  void checkRoom(int more) {
    if (queue.filled() > end - more) {
      if (leaver != null) {
        throw new IllegalStateException("the context is closed");
      }
      throw new IllegalStateException(
          "more than the announced " + (end - start) + " requests are added together");
    }
  }

  int count() {
    return (int) (queue.filled() - start);
  }

  /** One is linked to the next by its own options. */
  void link() {
    linked = true;
    if (!everLinked) {
      everLinked = true;
    }
  }

  /** Whether there may be chains in the queue that a count which has grown old cuts in two. */
  boolean mayBeCut() {
    return countsGrowOld && everLinked;
  }

  boolean isLinked() {
    return linked;
  }

  /** Flags that each entry has, such as those that link it to the next. */
  int flags() {
    return flags;
  }

  /** Gives all places back, which their entries name; how many had a request. */
  int finishAll(InFlightTable table) {
    int finished = 0;
    for (int back = count() - 1; back >= 0; back--) {
      int place = table.find(queue.unpublishedUserData(back));
      // Where the entry could not be filled its place was given back at once.
      if (place != InFlightTable.NONE) {
        table.finish(place);
        finished++;
      }
    }
    return finished;
  }
}
