package dev.uring;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The free places of the in-flight table: a stack of numbers.
 *
 * <p>Shared, it is Treiber's: taken by the submitter that holds the lock, given back by whoever
 * claimed a completion, with no lock. Its head is one word:
 *
 * <pre>
 *   63 … 36 changes    35 … 18 how many are free    17 … 0 the topmost place
 * </pre>
 *
 * <p>The changes are counted so that a head which came back to the same place in between is not
 * taken for unchanged. Confined to one thread, the stack needs none of that.
 */
final class FreePlaces {
  private static final int BITS = 18;
  private static final int NONE = (1 << BITS) - 1;
  private static final long CHANGE = 1L << (2 * BITS);

  private final int[] next;
  private final boolean shared;
  private final AtomicLong sharedHead;
  private int confinedHead;
  private int confinedCount;

  FreePlaces(int count, boolean shared) {
    this.next = new int[count];
    this.shared = shared;
    for (int place = 0; place < count; place++) {
      next[place] = place + 1 < count ? place + 1 : NONE;
    }
    this.sharedHead = new AtomicLong(head(0, count, 0));
    this.confinedCount = count;
  }

  /** Takes a place, or -1 if none is free. */
  int take() {
    if (!shared) {
      if (confinedCount == 0) {
        return -1;
      }
      int place = confinedHead;
      confinedHead = next[place];
      confinedCount--;
      return place;
    }
    while (true) {
      long head = sharedHead.get();
      int place = place(head);
      if (place == NONE) {
        return -1;
      }
      if (sharedHead.compareAndSet(head, head(head + CHANGE, count(head) - 1, next[place]))) {
        return place;
      }
    }
  }

  /** Gives a place back. */
  void give(int place) {
    if (!shared) {
      next[place] = confinedHead;
      confinedHead = place;
      confinedCount++;
      return;
    }
    while (true) {
      long head = sharedHead.get();
      next[place] = place(head);
      if (sharedHead.compareAndSet(head, head(head + CHANGE, count(head) + 1, place))) {
        return;
      }
    }
  }

  /** How many places are free. */
  int count() {
    return shared ? count(sharedHead.get()) : confinedCount;
  }

  private static long head(long changes, int count, int place) {
    return changes >>> (2 * BITS) << (2 * BITS) | (long) count << BITS | place;
  }

  private static int count(long head) {
    return (int) (head >>> BITS) & NONE;
  }

  private static int place(long head) {
    return (int) head & NONE;
  }
}
