package dev.uring;

import dev.uring.ring.Ring;

/** Room in the submission queue, made by submitting; under the adders' lock. */
final class QueueRoom {
  /** How often a full queue is submitted before the kernel's refusal is believed. */
  private static final int SUBMIT_ATTEMPTS = 1000;

  private final Ring ring;

  QueueRoom(Ring ring) {
    this.ring = ring;
  }

  /** Whether there is room for so many entries now. */
  boolean make(int entries) {
    for (int attempt = 0; attempt < SUBMIT_ATTEMPTS; attempt++) {
      if (ring.submission().room() >= entries) {
        return true;
      }
      EnterResult.check(ring.hasPolledSubmission() ? ring.awaitRoom() : ring.submit());
    }
    return ring.submission().room() >= entries;
  }
}
