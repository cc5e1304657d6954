package dev.uring;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The free places of the in-flight table: numbers, taken by one thread at a time and given back by
 * any.
 *
 * <p>The taker's own are a chain that nobody else touches, linked by {@link #next}. In a confined
 * context they are given back onto it. Else others push what they give back, a run of places at a
 * time, onto a chain of runs, with a compare-and-set; the taker has the whole of it with one
 * exchange, at a moment of its choice. That one's head is one word:
 *
 * <pre>
 *   63 … 32 how many were given back    31 … 0 the first place of the topmost run
 * </pre>
 *
 * <p>Nothing is ever popped from it while it can be pushed onto, so a head that came back to what
 * it was is as good as one that never changed: the chain below it is what its run says, then and
 * now.
 *
 * <p>The taker puts the oldest run first. As they were pushed, the newest would be: a run a turn,
 * and places that lie side by side in memory are soon far from each other in the chain, so that
 * each line has some that the taker writes and some that others read (two threads with batches of
 * 16 took a fifth longer).
 */
final class FreePlaces {
  private static final int NONE = -1;

  /** As many as can be turned around in some microseconds, and more than there mostly are. */
  static final int MOST_TURNED = 256;

  private static final long NOTHING_GIVEN = Integer.toUnsignedLong(NONE);
  private static final AtomicLongFieldUpdater<FreePlaces> GIVEN =
      AtomicLongFieldUpdater.newUpdater(FreePlaces.class, "given");

  /** The place after each in its chain; after the last of a run, the first of the run below. */
  private final int[] next;

  /** The last place of each run that was given back, by its first. */
  private final int[] lasts;

  private final boolean shared;
  private volatile long given = NOTHING_GIVEN;

  /** The first of the taker's chain, if it has any. */
  private int own;

  /** The last of it where others give back, or -1 if it has to be looked for. */
  private int ownLast;

  /** How many the taker has. A plain field: others may see it a little late. */
  private int ownCount;

  /**
   * @param shared whether threads other than the taker give back
   */
  FreePlaces(int count, boolean shared) {
    this.next = new int[count];
    this.lasts = new int[shared ? count : 0];
    this.shared = shared;
    for (int place = 0; place < count; place++) {
      next[place] = place + 1;
    }
    this.ownLast = count - 1;
    this.ownCount = count;
  }

  /** Takes a place, or -1 if none is free. One thread at a time. */
  int take() {
    if (ownCount == 0 && !regain(1)) {
      return NONE;
    }
    ownCount--;
    int place = own;
    own = next[place];
    return place;
  }

  /**
   * Makes what others gave back the taker's, if it has less than so many; by the taker. Whether it
   * has so many then.
   */
  boolean regain(int wanted) {
    if (ownCount >= wanted) {
      return true;
    }
    if (given == NOTHING_GIVEN) {
      return false;
    }
    int before = ownCount == 0 ? NONE : lastOfOwn();
    // In this order, so that whoever counts meanwhile counts too few and never too many.
    long all = GIVEN.getAndSet(this, NOTHING_GIVEN);
    int first = inOrder(place(all));
    if (ownCount == 0) {
      own = first;
    } else {
      next[before] = first;
    }
    // Not before they are gone from the other chain, or they could be counted twice.
    VarHandle.storeStoreFence();
    ownCount += count(all);
    return ownCount >= wanted;
  }

  /**
   * Turns a chain of runs around, and leaves the runs as they are: the first of all. What is
   * beneath so many stays as it is, behind them: the adders' lock is held meanwhile.
   */
  private int inOrder(int newest) {
    int first = NONE;
    int run = newest;
    for (int turned = 0; run != NONE && turned < MOST_TURNED; turned++) {
      int last = lasts[run];
      int below = next[last];
      next[last] = first;
      first = run;
      run = below;
    }
    int last = lasts[newest];
    next[last] = run;
    ownLast = run == NONE ? last : NONE;
    return first;
  }

  /** The last of the taker's, of which it has fewer than it wants. */
  private int lastOfOwn() {
    if (ownLast != NONE) {
      return ownLast;
    }
    int place = own;
    for (int after = ownCount; after > 1; after--) {
      place = next[place];
    }
    return place;
  }

  /** Gives a place back. */
  void give(int place) {
    give(place, place, 1);
  }

  /** Puts one place after another, for {@link #give(int, int, int)}. */
  void chain(int before, int after) {
    next[before] = after;
  }

  /** Gives a run of so many places back, chained from its first to its last. */
  void give(int first, int last, int count) {
    if (!shared) {
      next[last] = own;
      own = first;
      ownCount += count;
      return;
    }
    lasts[first] = last;
    while (true) {
      long head = given;
      next[last] = place(head);
      long pushed = (long) (count(head) + count) << Integer.SIZE | first;
      if (GIVEN.compareAndSet(this, head, pushed)) {
        return;
      }
    }
  }

  /** How many places are free; never more than are, unless one is taken meanwhile. */
  int count() {
    int before = ownCount;
    VarHandle.loadLoadFence();
    return before + count(given);
  }

  private static int count(long head) {
    return (int) (head >>> Integer.SIZE);
  }

  private static int place(long head) {
    return (int) head;
  }
}
