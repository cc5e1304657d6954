package dev.uring;

import dev.uring.ring.Ring;
import dev.uring.sys.EventCounter;
import dev.uring.sys.FileCalls;
import org.jspecify.annotations.Nullable;

/**
 * What shows a loop of another kind that completions wait.
 *
 * <p>That is the ring's own descriptor where the kernel wakes who polls it. Where completions are
 * brought forth by the ring's owner only it does not, but it does raise a registered eventfd. That
 * one stays raised, so the owner sets it right each time that it leaves the ring, and those who
 * never asked for it pay nothing.
 */
final class CompletionWatch {
  private final ContextCore core;
  private final Ring ring;
  private final CompleteRing complete;

  /** Held while the ring's descriptor is used, so that the ring is not closed meanwhile. */
  private final Object openLock;

  /** Whether the ring's owner brings completions forth, and nobody else. */
  private final boolean deferred;

  /** Whether somebody has a descriptor. */
  private volatile boolean watched;

  private @Nullable Descriptor raised;
  private @Nullable EventCounter counter;

  CompletionWatch(ContextCore core, Ring ring, CompleteRing complete, Object openLock) {
    this.core = core;
    this.ring = ring;
    this.complete = complete;
    this.openLock = openLock;
    this.deferred = core.owner() != null && !ring.hasPolledSubmission();
  }

  boolean isWatched() {
    return watched;
  }

  /**
   * Whether who polls is told by a message to come by. Not of what the owner sets right itself: of
   * its own message some kernels (6.2 to 6.9) would have it wait until it comes by.
   */
  boolean wantsMessages() {
    return watched && !deferred;
  }

  /** The caller's own, which outlives the ring. */
  Descriptor descriptor() {
    core.checkOwner();
    synchronized (openLock) {
      core.state().mustNotBeClosed();
      if (!deferred) {
        watched = true;
        return ofRing();
      }
      Descriptor known = raised;
      if (known == null) {
        known = register();
      }
      return known.duplicate();
    }
  }

  /** The ring's own descriptor, once more. */
  Descriptor ofRing() {
    try (Descriptor borrowed = Descriptor.borrow(ring.descriptor())) {
      return borrowed.duplicate();
    }
  }

  private Descriptor register() {
    int flags = FileCalls.O_CLOEXEC | FileCalls.O_NONBLOCK;
    int number = (int) Calls.check("eventfd", FileCalls.eventfd(0, flags), Calls::descriptorRemedy);
    Descriptor made = Descriptor.own(number, "completions");
    boolean done = false;
    try {
      EventCounter sign = new EventCounter(number);
      ring.registrar().notifications().register(number);
      counter = sign;
      done = true;
    } finally {
      if (!done) {
        made.close();
      }
    }
    raised = made;
    watched = true;
    setRight();
    return made;
  }

  /**
   * By the owner, when it leaves the ring: whoever polls sees what is there now, or is to be made
   * again. What completes after the first step raises it again; what completed before is found by
   * the second.
   */
  void setRight() {
    EventCounter sign = counter;
    if (sign != null) {
      Calls.check("read of an eventfd", sign.lower());
      if (complete.hasAny() || ring.submission().needsEnter() || core.submitRing().hasRetries()) {
        Calls.check("write to an eventfd", sign.raise());
      }
    }
  }

  /** With the ring; what was handed out stays its holders'. */
  void close() {
    Descriptor made = raised;
    if (made != null) {
      made.close();
    }
  }
}
