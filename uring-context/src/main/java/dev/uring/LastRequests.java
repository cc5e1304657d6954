package dev.uring;

import dev.uring.ring.CompletionQueue;
import dev.uring.ring.PollRequests;
import dev.uring.ring.Ring;
import dev.uring.ring.SubmissionEntry;
import dev.uring.sys.Errno;

/** What is in flight when a context closes: cancelled, and waited for. */
final class LastRequests {
  private static final long PATIENCE_NANOSECONDS = 10_000_000;
  private static final long CANCEL_NANOSECONDS = 1_000_000;

  /** Rounds after which it is time to look why something does not end. */
  private static final int USUAL_ROUNDS = 100;

  private final Ring ring;
  private final SubmitRing submit;
  private final CompleteRing complete;
  private final InFlightTable table;

  LastRequests(Ring ring, SubmitRing submit, CompleteRing complete, InFlightTable table) {
    this.ring = ring;
    this.submit = submit;
    this.complete = complete;
    this.table = table;
  }

  /** Returns when nothing is in flight. Nobody else is in the ring. */
  void cancel(Visitor visitor) {
    CompletionQueue queue = ring.completion();
    int rounds = 0;
    while (table.inFlight() > 0) {
      submit.retryWhileClosing();
      EnterResult.check(ring.submit());
      int cancelled = ring.registrar().cancelEverything(CANCEL_NANOSECONDS);
      if (cancelled == -Errno.EINVAL || cancelled == -Errno.EACCES) {
        cancelByEntry();
      }
      // A timeout that repeats quicker than it is found to be cancelled ends where it finds no room
      // for what it reports. So what it has filled is left after a while, as long as it fills more.
      int left = rounds < USUAL_ROUNDS ? 0 : queue.available();
      EnterResult.check(ring.submitAndWait(left + 1, PATIENCE_NANOSECONDS));
      rounds++;
      int available = queue.available();
      if (rounds < USUAL_ROUNDS || available <= left || available == queue.capacity()) {
        int unused = complete.drain((userData, result, flags) -> {}, Integer.MAX_VALUE, 1, visitor);
      }
    }
  }

  /**
   * For kernels before 6.0. It waits behind requests that drain, which a register call does not.
   */
  private void cancelByEntry() {
    SubmissionEntry entry = ring.submission().next();
    if (entry != null) {
      PollRequests.cancelMatching(entry, -1, PollRequests.CANCEL_ALL | PollRequests.CANCEL_ANY)
          .flags(submit.requiredFlags())
          .userData(CompleteRing.NOBODY);
    }
  }
}
