package dev.uring;

import org.jspecify.annotations.Nullable;

/**
 * The requests that are being added together, and which are taken back together if their adder
 * throws. Touched by that adder only.
 */
final class AdditionGroup {
  /** Stands for a place that was given back before the others. */
  private static final int FORGOTTEN = -1;

  private int[] places = new int[0];
  private boolean open;
  private int count;
  private int limit;
  private int linkFlags;
  private @Nullable Visitor leaver;

  boolean isOpen() {
    return open;
  }

  void open(int requests, int flags) {
    if (places.length < requests) {
      places = new int[requests];
    }
    open = true;
    limit = requests;
    linkFlags = flags;
  }

  void close() {
    open = false;
    count = 0;
    limit = 0;
    linkFlags = 0;
  }

  /** The adder closed the context: it adds no more, and leaves the ring when this is closed. */
  void leaveAfter(Visitor visitor) {
    leaver = visitor;
    limit = count;
  }

  /** Who is to leave the ring now, if somebody is. */
  @Nullable Visitor takeLeaver() {
    @Nullable Visitor visitor = leaver;
    leaver = null;
    return visitor;
  }

  /** Refuses one more than were announced. */
  void checkRoom() {
    if (count == limit) {
      if (leaver != null) {
        throw new IllegalStateException("the context is closed");
      }
      throw new IllegalStateException(
          "more than the announced " + limit + " requests are added together");
    }
  }

  void add(int place) {
    places[count++] = place;
  }

  /**
   * The newest one's place is free already; its entry is taken back with the others all the same.
   */
  void forgetLast() {
    if (open) {
      places[count - 1] = FORGOTTEN;
    }
  }

  int count() {
    return count;
  }

  /** Flags that link each entry to the next. */
  int linkFlags() {
    return linkFlags;
  }

  /** Gives all places back; how many had a request. */
  int finishAll(InFlightTable table) {
    int finished = 0;
    for (int index = 0; index < count; index++) {
      if (places[index] != FORGOTTEN) {
        table.finish(places[index]);
        finished++;
      }
    }
    return finished;
  }
}
