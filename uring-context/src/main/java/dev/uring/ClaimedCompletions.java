package dev.uring;

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

  /** For each its user data, and behind it flags and result. */
  private long[] words = new long[WORDS * LEAST];

  private int next;
  private int end;

  @Override
  public void completed(long userData, int result, int flags) {
    if (end == words.length) {
      words = Arrays.copyOf(words, Math.multiplyExact(words.length, 2));
    }
    words[end] = userData;
    words[end + 1] = (long) flags << Integer.SIZE | Integer.toUnsignedLong(result);
    end += WORDS;
  }

  boolean isEmpty() {
    return next == end;
  }

  int size() {
    return (end - next) / WORDS;
  }

  /** The oldest; there is one. */
  Completion remove() {
    long userData = words[next];
    long outcome = words[next + 1];
    next += WORDS;
    if (next == end) {
      next = 0;
      end = 0;
    }
    return new Completion(userData, (int) outcome, (int) (outcome >>> Integer.SIZE));
  }

  /** Moves all to where others find them. */
  void giveBack(Collection<Completion> to) {
    while (!isEmpty()) {
      to.add(remove());
    }
  }
}
