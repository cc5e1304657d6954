package dev.uring.virtio;

import java.util.concurrent.TimeUnit;

/** An interrupt line that a driver can wait at. */
final class TestLine implements InterruptLine {
  private boolean raised;

  @Override
  public synchronized void set(boolean wanted) {
    raised = wanted;
    notifyAll();
  }

  synchronized boolean isRaised() {
    return raised;
  }

  /** Waits for as long as the line is lowered; false if it stays so for twenty seconds. */
  synchronized boolean await() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!raised) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
