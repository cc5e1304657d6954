package dev.uring;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The free places of the in-flight table: numbers, taken by one thread at a time and given back by
 * any.
 *
 * <p>The taker's own are a chain that nobody else touches, linked by {@link #next}. In a confined
 * context they are given back onto it. Else others push what they give back onto another, with a
 * compare-and-set; the taker has the whole of it with one exchange, at a moment of its choice. That
 * one's head is one word:
 *
 * <pre>
 *   63 … 32 how many were given back    31 … 0 the topmost place
 * </pre>
 *
 * <p>Nothing is ever popped from it while it can be pushed onto, so a head that came back to what
 * it was is as good as one that never changed: the chain below it is what its place says, then and
 * now.
 */
final class FreePlaces {
  private static final int NONE = -1;
  private static final long NOTHING_GIVEN = Integer.toUnsignedLong(NONE);
  private static final AtomicLongFieldUpdater<FreePlaces> GIVEN =
      AtomicLongFieldUpdater.newUpdater(FreePlaces.class, "given");

  /** The place below each in its chain. */
  private final int[] next;

  private final boolean shared;
  private volatile long given = NOTHING_GIVEN;

  /** The topmost of the taker's chain, if it has any. */
  private int own;

  /** How many the taker has. A plain field: others may see it a little late. */
  private int ownCount;

  /**
   * @param shared whether threads other than the taker give back
   */
  FreePlaces(int count, boolean shared) {
    this.next = new int[count];
    this.shared = shared;
    for (int place = 0; place < count; place++) {
      next[place] = place + 1;
    }
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
    // In this order, so that whoever counts meanwhile counts too few and never too many.
    long all = GIVEN.getAndSet(this, NOTHING_GIVEN);
    if (ownCount == 0) {
      own = place(all);
    } else {
      next[lowest()] = place(all);
    }
    // Not before they are gone from the other chain, or they could be counted twice.
    VarHandle.storeStoreFence();
    ownCount += count(all);
    return ownCount >= wanted;
  }

  /** The last of the taker's, of which it has fewer than it wants. */
  private int lowest() {
    int place = own;
    for (int above = ownCount; above > 1; above--) {
      place = next[place];
    }
    return place;
  }

  /** Gives a place back. */
  void give(int place) {
    give(place, place, 1);
  }

  /** Puts one place below another, for {@link #give(int, int, int)}. */
  void chain(int above, int below) {
    next[above] = below;
  }

  /** Gives a chain of so many places back, from its first to its last. */
  void give(int first, int last, int count) {
    if (!shared) {
      next[last] = own;
      own = first;
      ownCount += count;
      return;
    }
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
