package dev.uring;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Completions one by one. Those that the wait promised are claimed already; more are claimed one at
 * a time as they are asked for, without waiting, so that other threads get theirs. Of a confined
 * context, which nobody else takes from, all that were there are claimed at once.
 *
 * <p>What was claimed and not read is given back when this is closed, or when the same thread
 * awaits again: no completion is lost with an iterator that was left in the middle. A thread that
 * ends without either has had what it claimed, read or not. For one thread.
 */
public final class Completions implements Iterator<Completion>, AutoCloseable {
  /** In place of what is claimed, for who is closed: nothing, ever. */
  private static final ClaimedCompletions CLOSED = new ClaimedCompletions();

  private final Waiter waiter;
  private ClaimedCompletions claimed;

  /**
   * @param claimed the calling thread's, empty
   */
  Completions(Waiter waiter, ClaimedCompletions claimed) {
    this.waiter = waiter;
    this.claimed = claimed;
  }

  /**
   * Whether there is one more; it is then this iterator's. Does not wait.
   *
   * @throws IllegalStateException if none is claimed and the context is closed
   */
  @Override
  public boolean hasNext() {
    return !claimed.isEmpty() || claimsMore(claimed);
  }

  /**
   * The next one. Does not wait.
   *
   * @throws NoSuchElementException if none is there now
   * @throws IllegalStateException if none is claimed and the context is closed
   */
  @Override
  public Completion next() {
    ClaimedCompletions from = claimed;
    if (from.isEmpty() && !claimsMore(from)) {
      throw new NoSuchElementException("no completion is there now");
    }
    return from.remove();
  }

  private boolean claimsMore(ClaimedCompletions into) {
    return into != CLOSED && waiter.poll(into, 1) > 0;
  }

  /**
   * Gives back what was claimed and not read; there are no more then. A second call does nothing.
   */
  @Override
  public void close() {
    // Once: what is claimed after that is another iterator's.
    ClaimedCompletions unread = claimed;
    claimed = CLOSED;
    waiter.giveBack(unread);
  }
}
