package dev.uring;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The free places of the in-flight table: numbers, taken by one thread at a time and given back by
 * any.
 *
 * <p>Where nobody else gives back, the free places are a stack. Otherwise there are two lists,
 * linked by {@link #next}. The taker's own is touched by nobody else. What others give back is
 * pushed onto the second with a compare-and-set, and the taker has the whole of it with one
 * exchange when its own is empty. The second one's head is one word:
 *
 * <pre>
 *   63 … 32 how many were given back    31 … 0 the topmost place
 * </pre>
 *
 * <p>Nothing is ever popped from that list, so a head that came back to what it was is as good as
 * one that never changed: the chain below it is what its place says, then and now.
 */
final class FreePlaces {
  private static final int NONE = -1;
  private static final long NOTHING_GIVEN = Integer.toUnsignedLong(NONE);

  /** The place below each place in its list; or the stack itself, from its bottom. */
  private final int[] next;

  private final boolean shared;
  private final AtomicLong given = new AtomicLong(NOTHING_GIVEN);
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
      next[place] = shared ? below(place, count) : place;
    }
    this.own = 0;
    this.ownCount = count;
  }

  private static int below(int place, int count) {
    return place + 1 < count ? place + 1 : NONE;
  }

  /** Takes a place, or -1 if none is free. One thread at a time. */
  int take() {
    if (ownCount == 0 && !takeGiven()) {
      return NONE;
    }
    int left = --ownCount;
    if (!shared) {
      return next[left];
    }
    int place = own;
    own = next[place];
    return place;
  }

  private boolean takeGiven() {
    // In this order, so that whoever counts meanwhile counts too few and never too many.
    long all = given.getAndSet(NOTHING_GIVEN);
    own = place(all);
    ownCount = count(all);
    return ownCount > 0;
  }

  /** Gives a place back. */
  void give(int place) {
    if (shared) {
      push(place, place, 1);
    } else {
      next[ownCount++] = place;
    }
  }

  /** Gives the first of these places back, together. */
  void give(int[] places, int count) {
    for (int index = 1; index < count; index++) {
      next[places[index - 1]] = places[index];
    }
    push(places[0], places[count - 1], count);
  }

  private void push(int first, int last, int count) {
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
    return before + count(given.getAcquire());
  }

  private static int count(long head) {
    return (int) (head >>> Integer.SIZE);
  }

  private static int place(long head) {
    return (int) head;
  }
}
