package dev.uring;

import dev.uring.ring.Ring;
import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Room in the submission queue, made by submitting; under the adders' lock. So it knows who submits
 * beside those who await.
 */
final class QueueRoom {
  /** How often a full queue is submitted before the kernel's refusal is believed. */
  private static final int SUBMIT_ATTEMPTS = 1000;

  private final Ring ring;
  private final ContextCore core;

  /** Who was the first to submit where it matters, or to make room, and whether others did, too. */
  private @Nullable Visitor submitter;

  private volatile boolean severalSubmit;

  QueueRoom(Ring ring, ContextCore core) {
    this.ring = ring;
    this.core = core;
  }

  Ring ring() {
    return ring;
  }

  /** A thread is about to submit: whether others have submitted, too. With or without the lock. */
  boolean severalSubmit(Visitor visitor) {
    if (submitter == null) {
      submitter = visitor;
    } else if (submitter != visitor) {
      severalSubmit = true;
    }
    return severalSubmit;
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
    if (ring.submission().room() >= entries) {
      return true;
    }
    // Before it submits: from then on what others have counted may be old.
    boolean unused = severalSubmit(core.visitor());
    for (int attempt = 0; attempt < SUBMIT_ATTEMPTS; attempt++) {
      EnterResult.check(ring.hasPolledSubmission() ? ring.awaitRoom() : ring.submit());
      if (ring.submission().room() >= entries) {
        return true;
      }
    }
    return false;
  }
}
