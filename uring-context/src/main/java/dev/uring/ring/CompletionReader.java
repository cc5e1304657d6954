package dev.uring.ring;

/**
 * Reads a completion queue entry by entry, whatever the size of its entries: filler is passed over,
 * an entry of 32 bytes in a mixed queue counts once. For a sole reaper.
 *
 * <pre>{@code
 * while (reader.next()) {
 *   handle(reader.userData(), reader.result(), reader.flags());
 * }
 * reader.release();
 * }</pre>
 */
public final class CompletionReader {
  private final CompletionQueue queue;
  private int next;
  private int tail;
  private int current;

  CompletionReader(CompletionQueue queue) {
    this.queue = queue;
    this.next = queue.head();
    this.tail = next;
  }

  /** Goes to the next entry, if there is one. */
  public boolean next() {
    do {
      if (next == tail) {
        tail = queue.tail();
        if (next == tail) {
          return false;
        }
      }
      current = next;
      next += queue.span(current);
    } while ((queue.flags(current) & CompletionFlags.SKIP) != 0);
    return true;
  }

  /** Gives everything that was read back to the kernel; the entry at hand is void then. */
  public void release() {
    queue.advance(next);
  }

  /** The user data of the entry at hand. */
  public long userData() {
    return queue.userData(current);
  }

  /** Its result: a count, or minus an errno. */
  public int result() {
    return queue.result(current);
  }

  /** Its flags, a {@link CompletionFlags} value. */
  public int flags() {
    return queue.flags(current);
  }

  /** One of its two further words, zero if it has none. */
  public long extra(int word) {
    return queue.extra(current, word);
  }
}
