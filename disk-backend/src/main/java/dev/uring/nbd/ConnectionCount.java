package dev.uring.nbd;

import java.util.concurrent.atomic.AtomicInteger;

/** How many connections all loops of a server have, and may have. Any thread. */
final class ConnectionCount {
  private final int limit;
  private final AtomicInteger current = new AtomicInteger();

  ConnectionCount(int limit) {
    this.limit = limit;
  }

  /** Counts one more, unless there are as many as there may be. */
  boolean tryEnter() {
    if (current.incrementAndGet() <= limit) {
      return true;
    }
    current.decrementAndGet();
    return false;
  }

  void leave() {
    current.decrementAndGet();
  }
}
