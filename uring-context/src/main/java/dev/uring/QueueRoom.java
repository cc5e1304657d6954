package dev.uring;

import dev.uring.ring.Ring;
import dev.uring.ring.UringException;
import dev.uring.sys.Errno;

/** Room in the submission queue, made by submitting; under the adders' lock. */
final class QueueRoom {
  /** How often a full queue is submitted before the kernel's refusal is believed. */
  private static final int SUBMIT_ATTEMPTS = 1000;

  private final Ring ring;

  QueueRoom(Ring ring) {
    this.ring = ring;
  }

  /** Makes room for so many entries. */
  void mustMake(int entries) {
    if (!make(entries)) {
      throw new UringException(
          "io_uring_enter", Errno.EAGAIN, "the kernel has no memory to take more requests");
    }
  }

  /** Whether there is room for so many entries now. */
  private boolean make(int entries) {
    for (int attempt = 0; attempt < SUBMIT_ATTEMPTS; attempt++) {
      if (ring.submission().room() >= entries) {
        return true;
      }
      EnterResult.check(ring.hasPolledSubmission() ? ring.awaitRoom() : ring.submit());
    }
    return ring.submission().room() >= entries;
  }
}
