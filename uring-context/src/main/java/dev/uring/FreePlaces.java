package dev.uring;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The free places of the in-flight table: numbers, taken by one thread at a time and given back by
 * any.
 *
 * <p>The taker has a stack of its own, which nobody else touches. What is given back is linked by
 * {@link #next} and pushed onto a list with a compare-and-set; the taker has the whole of it with
 * one exchange when its stack is empty. The list's head is one word:
 *
 * <pre>
 *   63 … 32 how many were given back    31 … 0 the topmost place
 * </pre>
 *
 * <p>Nothing is ever popped from the list, so a head that came back to what it was is as good as
 * one that never changed: the chain below it is what its place says, then and now.
 */
final class FreePlaces {
  private static final int NONE = -1;
  private static final long NOTHING_GIVEN = Integer.toUnsignedLong(NONE);

  private final int[] stack;
  private final int[] next;
  private final boolean shared;
  private final AtomicLong given = new AtomicLong(NOTHING_GIVEN);

  /** Height of the stack. A plain field: others may see it a little late. */
  private int height;

  /**
   * @param shared whether threads other than the taker give back
   */
  FreePlaces(int count, boolean shared) {
    this.shared = shared;
    this.stack = new int[count];
    this.next = new int[shared ? count : 0];
    for (int place = 0; place < count; place++) {
      stack[place] = count - 1 - place;
    }
    this.height = count;
  }

  /** Takes a place, or -1 if none is free. One thread at a time. */
  int take() {
    if (height == 0 && !takeGiven()) {
      return NONE;
    }
    return stack[--height];
  }

  private boolean takeGiven() {
    // In this order, so that whoever counts meanwhile counts too few and never too many.
    long all = given.getAndSet(NOTHING_GIVEN);
    int place = place(all);
    int taken = count(all);
    for (int index = taken - 1; index >= 0; index--) {
      stack[index] = place;
      place = next[place];
    }
    height = taken;
    return taken > 0;
  }

  /** Gives a place back. */
  void give(int place) {
    if (shared) {
      push(place, place, 1);
    } else {
      stack[height++] = place;
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
    int own = height;
    return own + count(given.getAcquire());
  }

  private static int count(long head) {
    return (int) (head >>> Integer.SIZE);
  }

  private static int place(long head) {
    return (int) head;
  }
}
