package dev.uring;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The free places of the in-flight table: numbers, taken by one thread at a time and given back by
 * any.
 *
 * <p>The taker's own are a stack that nobody else touches. Where others give back, they push onto a
 * list, linked by {@link #next}, with a compare-and-set; the taker has the whole of it with one
 * exchange, at a moment of its choice. That list's head is one word:
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

  /** The taker's, from the bottom. */
  private final int[] own;

  /** The place below each that others gave back. */
  private final int[] next;

  private final boolean shared;
  private final AtomicLong given = new AtomicLong(NOTHING_GIVEN);

  /** How many the taker has. A plain field: others may see it a little late. */
  private int ownCount;

  /**
   * @param shared whether threads other than the taker give back
   */
  FreePlaces(int count, boolean shared) {
    this.own = new int[count];
    this.next = new int[shared ? count : 0];
    this.shared = shared;
    for (int place = 0; place < count; place++) {
      own[place] = place;
    }
    this.ownCount = count;
  }

  /** Takes a place, or -1 if none is free. One thread at a time. */
  int take() {
    if (ownCount == 0 && !regain(1)) {
      return NONE;
    }
    return own[--ownCount];
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
    int place = place(all);
    int top = ownCount;
    for (int left = count(all); left > 0; left--) {
      own[top++] = place;
      place = next[place];
    }
    // Not before they are gone from the other list, or they could be counted twice.
    VarHandle.storeStoreFence();
    ownCount = top;
    return top >= wanted;
  }

  /** Gives a place back. */
  void give(int place) {
    if (shared) {
      push(place, place, 1);
    } else {
      own[ownCount++] = place;
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
