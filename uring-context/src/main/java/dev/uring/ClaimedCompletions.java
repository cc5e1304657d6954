package dev.uring;

import dev.uring.ring.CompletionQueue;
import java.util.Arrays;
import java.util.Collection;

/**
 * Completions that a thread claimed and its iterator has not handed out yet, oldest first. They
 * become objects only then, which the compiler can leave out. One for each thread in a context,
 * used by one iterator after the other.
 */
final class ClaimedCompletions implements CompletionHandler {
  private static final int LEAST = 64;
  private static final int WORDS = 2;

  /** For each its user data, and behind it the outcome, as in a {@link CompletionRun}. */
  private long[] words = new long[WORDS * LEAST];

  private int next;
  private int end;

  /** Makes room for one more; to be called before it is claimed, since there may be no memory. */
  void prepareOne() {
    makeRoom(WORDS);
  }

  @Override
  public void completed(long userData, int result, int flags) {
    makeRoom(WORDS);
    words[end] = userData;
    words[end + 1] = CompletionQueue.outcomeOf(result, flags);
    end += WORDS;
  }

  /** Adds what stands in an array as it does here: as it is, instead of one by one. */
  void add(long[] others, int from, int count) {
    makeRoom(count);
    System.arraycopy(others, from, words, end, count);
    end += count;
  }

  private void makeRoom(int wanted) {
    if (wanted > words.length - end) {
      int least = Math.addExact(end, wanted);
      words = Arrays.copyOf(words, Math.max(least, Math.multiplyExact(words.length, 2)));
    }
  }

  boolean isEmpty() {
    return next == end;
  }

  int size() {
    return (end - next) / WORDS;
  }

  /** The oldest; there is one. */
  Completion remove() {
    Completion oldest = oldest();
    drop();
    return oldest;
  }

  private Completion oldest() {
    long outcome = words[next + 1];
    return new Completion(
        words[next], CompletionQueue.resultOf(outcome), CompletionQueue.flagsOf(outcome));
  }

  private void drop() {
    next += WORDS;
    if (next == end) {
      next = 0;
      end = 0;
    }
  }

  /** Moves all to where others find them; what there is no memory for stays here. */
  void giveBack(Collection<Completion> to) {
    while (!isEmpty()) {
      to.add(oldest());
      drop();
    }
  }
}
