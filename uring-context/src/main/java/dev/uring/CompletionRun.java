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

  private static final int WORDS = 2;

  /** For each its user data, and behind it the outcome: side by side as they are read. */
  private final long[] words = new long[WORDS * LENGTH];

  /**
   * The requests that end with a copied completion: from the first on where the tokens stand of the
   * many that hold nothing, from the last backwards the places of the others.
   */
  private final int[] ended = new int[LENGTH];

  private int plainEnded;
  private int holdersEnded;
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
    queue.copy(head, most, words);
    int copied = 0;
    int plain = 0;
    int holders = 0;
    while (copied < most) {
      long token = words[WORDS * copied];
      int at = InFlightTable.wordOf(token);
      if (!table.stands(token, at)) {
        break;
      }
      boolean holds = InFlightTable.holds(token);
      if (holds && table.intercept(at >> 1, token) != null) {
        break;
      }
      // What is asked of the place is asked before the claim: after it, another thread may claim
      // the request's last completion, and with that its place.
      words[WORDS * copied] = table.userDataAt(at);
      long outcome = words[WORDS * copied + 1];
      copied++;
      if (CompletionFlags.isLast(CompletionQueue.flagsOf(outcome))) {
        if (holds) {
          holders++;
          ended[LENGTH - holders] = at >> 1;
        } else {
          ended[plain] = at;
          plain++;
        }
      }
    }
    plainEnded = plain;
    holdersEnded = holders;
    return copied;
  }

  /** What was copied is this thread's: it may be handed over, and its places are free. */
  void claimed(InFlightTable table, int copied) {
    next = 0;
    end = copied;
    if (holdersEnded > 0) {
      table.finishHolders(ended, LENGTH - holdersEnded, LENGTH);
    }
    if (plainEnded > 0) {
      table.finishPlain(ended, plainEnded);
    }
  }

  /** Hands over so many at most; how many it were. */
  int deliver(CompletionHandler handler, int limit) {
    if (handler instanceof ClaimedCompletions claimed) {
      int count = Math.min(limit, size());
      claimed.add(words, WORDS * next, WORDS * count);
      next += count;
      return count;
    }
    int delivered = 0;
    while (delivered < limit && next < end) {
      int index = next++;
      delivered++;
      long outcome = words[WORDS * index + 1];
      handler.completed(
          words[WORDS * index],
          CompletionQueue.resultOf(outcome),
          CompletionQueue.flagsOf(outcome));
    }
    return delivered;
  }

  /** Moves what was not handed over to where others find it. */
  void giveBack(Collection<Completion> to) {
    while (next < end) {
      long outcome = words[WORDS * next + 1];
      to.add(
          new Completion(
              words[WORDS * next],
              CompletionQueue.resultOf(outcome),
              CompletionQueue.flagsOf(outcome)));
      next++;
    }
  }
}
