package dev.uring;

import dev.uring.ring.CompletionFlags;
import dev.uring.ring.CompletionQueue;
import java.util.Collection;

/**
 * A run of completions that one thread claims with one compare-and-set, and then hands over. Of
 * that thread only, which goes on with it where a handler takes completions itself.
 */
final class CompletionRun {
  /** The most at a time, for who was promised so many: each claim costs 12 ns. */
  static final int LENGTH = 128;

  /** The most beyond that: few enough that threads which take turns at a queue each get some. */
  static final int SHARE = 32;

  private final long[] userData = new long[LENGTH];
  private final long[] outcomes = new long[LENGTH];

  /** Those of the copied completions' requests that end with them. */
  private final int[] ended = new int[LENGTH];

  private int endedCount;
  private int next;
  private int end;

  /** How many were claimed and not handed over yet. */
  int size() {
    return end - next;
  }

  /**
   * Copies completions that need nothing but to be handed over, up to the first one that does: how
   * many. Nothing of it counts before {@link #claimed}.
   */
  int copy(CompletionQueue queue, InFlightTable table, int head, int limit) {
    int most = Math.min(limit, LENGTH);
    int copied = 0;
    int ending = 0;
    while (copied < most) {
      int index = head + copied;
      long token = queue.userData(index);
      int place = table.find(token);
      if (place == InFlightTable.NONE || table.intercept(place, token) != null) {
        break;
      }
      // What is asked of the place is asked before the claim: after it, another thread may claim
      // the request's last completion, and with that its place.
      userData[copied] = table.userData(place);
      long outcome = queue.outcome(index);
      outcomes[copied] = outcome;
      if (CompletionFlags.isLast(CompletionQueue.flagsOf(outcome))) {
        ended[ending++] = place;
      }
      copied++;
    }
    endedCount = ending;
    return copied;
  }

  /** What was copied is this thread's: it may be handed over, and its places are free. */
  void claimed(InFlightTable table, int copied) {
    next = 0;
    end = copied;
    if (endedCount > 0) {
      table.finish(ended, endedCount);
    }
  }

  /** Hands over so many at most; how many it were. */
  int deliver(CompletionHandler handler, int limit) {
    int delivered = 0;
    while (delivered < limit && next < end) {
      int index = next++;
      delivered++;
      long outcome = outcomes[index];
      handler.completed(
          userData[index], CompletionQueue.resultOf(outcome), CompletionQueue.flagsOf(outcome));
    }
    return delivered;
  }

  /** Moves what was not handed over to where others find it. */
  void giveBack(Collection<Completion> to) {
    while (next < end) {
      int index = next++;
      long outcome = outcomes[index];
      to.add(
          new Completion(
              userData[index],
              CompletionQueue.resultOf(outcome),
              CompletionQueue.flagsOf(outcome)));
    }
  }
}
