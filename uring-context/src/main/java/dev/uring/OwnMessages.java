package dev.uring;

import dev.uring.ring.Ring;
import dev.uring.ring.RingMessage;
import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import java.util.function.BooleanSupplier;

/** Completions that a context sends into its own ring, so that who waits in the kernel returns. */
final class OwnMessages {
  private final RingMessage wakeUp;
  private final RingMessage nudge;

  OwnMessages(Ring ring) {
    wakeUp = new RingMessage(ring, CompleteRing.WAKE_UP, 0);
    nudge = new RingMessage(ring, CompleteRing.NOBODY, 0);
  }

  /** Ends one wait. */
  void wakeUp() {
    int result = wakeUp.send();
    if (result < 0) {
      throw new UringException(
          "waking the waiter of a ring",
          -result,
          result == -Errno.EINVAL ? "waking needs Linux 5.18 or newer" : "");
    }
  }

  /**
   * Sends all who are inside out, again and again, until the last of them has closed the ring.
   *
   * @param lock guards the ring's descriptor; who closes notifies those who wait for it
   */
  void sendOut(Object lock, BooleanSupplier closed, CompleteRing complete) {
    boolean interrupted = false;
    synchronized (lock) {
      while (!closed.getAsBoolean()) {
        // Where there is something to take nobody sleeps, and more of it would only pile up.
        if (complete.isEmpty()) {
          tryNudge();
        }
        try {
          lock.wait(1);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Has one wait look again. Where it fails they look again when the next completion comes: late,
   * but no promise is broken.
   */
  void tryNudge() {
    int unused = nudge.send();
  }
}
