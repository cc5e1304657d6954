package dev.uring.disk;

import java.time.Duration;

/** How long something that may pass by itself is waited for. Used by one thread. */
final class Patience {
  private static final long PAUSE_MILLISECONDS = 10;

  private final long start = System.nanoTime();
  private final long limit;

  Patience(Duration limit) {
    this.limit = limit.toNanos();
  }

  /** Waits a little: whether there was patience left to do so. An interrupt ends all patience. */
  boolean pause() {
    if (System.nanoTime() - start >= limit) {
      return false;
    }
    try {
      Thread.sleep(PAUSE_MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
