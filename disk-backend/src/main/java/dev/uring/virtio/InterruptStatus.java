package dev.uring.virtio;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Why a device interrupts, and the line that says that it does: raised for as long as there is a
 * reason (4.2.2, InterruptStatus). Any thread, and no lock.
 */
final class InterruptStatus {
  /** The device has used buffers of a queue. */
  static final int USED_BUFFER = 1;

  /** The configuration or the device's status has changed. */
  static final int CONFIGURATION = 2;

  private final InterruptLine line;
  private final AtomicInteger reasons = new AtomicInteger();

  /** How many changes the line has not followed yet; who makes it 1 follows them all. */
  private final AtomicInteger changes = new AtomicInteger();

  private boolean raised;

  InterruptStatus(InterruptLine line) {
    this.line = line;
  }

  int reasons() {
    return reasons.get();
  }

  // Methods: a lambda that refers to a reason would be an object an interrupt.
  private static int with(int reasons, int added) {
    return reasons | added;
  }

  private static int without(int reasons, int removed) {
    return reasons & ~removed;
  }

  void add(int reason) {
    if ((reasons.getAndAccumulate(reason, InterruptStatus::with) & reason) == 0) {
      follow();
    }
  }

  void remove(int acknowledged) {
    reasons.getAndAccumulate(acknowledged, InterruptStatus::without);
    follow();
  }

  private void follow() {
    if (changes.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      boolean wanted = reasons.get() != 0;
      if (wanted != raised) {
        raised = wanted;
        line.set(wanted);
      }
      seen = changes.addAndGet(-seen);
    }
  }
}
