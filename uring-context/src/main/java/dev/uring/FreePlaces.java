package dev.uring;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The free places of the in-flight table: numbers, taken by one thread at a time and given back by
 * any.
 *
 * <p>In a confined context they are a stack. Else the taker's own are a chain that nobody else
 * touches, linked by {@link #next}, and others push what they give back onto another, with a
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

  /** The place below each in its chain; of a confined context, the stack from its bottom. */
  private final int[] next;

  private final boolean shared;
  private final AtomicLong given = new AtomicLong(NOTHING_GIVEN);

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
      next[place] = shared ? place + 1 : place;
    }
    this.ownCount = count;
  }

  /** Takes a place, or -1 if none is free. One thread at a time. */
  int take() {
    if (ownCount == 0 && !regain(1)) {
      return NONE;
    }
    ownCount--;
    if (!shared) {
      return next[ownCount];
    }
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
    if (given.get() == NOTHING_GIVEN) {
      return false;
    }
    // In this order, so that whoever counts meanwhile counts too few and never too many.
    long all = given.getAndSet(NOTHING_GIVEN);
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
    if (shared) {
      give(place, place, 1);
    } else {
      next[ownCount++] = place;
    }
  }

  /** Gives back those places of an array that stand from one index on, up to another. */
  void give(int[] places, int from, int to) {
    if (!shared) {
      int top = ownCount;
      for (int index = from; index < to; index++) {
        next[top] = places[index];
        top++;
      }
      ownCount = top;
      return;
    }
    int above = places[from];
    for (int index = from + 1; index < to; index++) {
      int below = places[index];
      next[above] = below;
      above = below;
    }
    give(places[from], above, to - from);
  }

  private void give(int first, int last, int count) {
    while (true) {
      long head = given.get();
      next[last] = place(head);
      long pushed = (long) (count(head) + count) << Integer.SIZE | first;
      if (given.compareAndSet(head, pushed)) {
        return;
      }
    }
  }

  /** How many places are free; never more than are, unless one is taken meanwhile. */
  int count() {
    int before = ownCount;
    VarHandle.loadLoadFence();
    return before + count(given.getAcquire());
  }

  private static int count(long head) {
    return (int) (head >>> Integer.SIZE);
  }

  private static int place(long head) {
    return (int) head;
  }
}
