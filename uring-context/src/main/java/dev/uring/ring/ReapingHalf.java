package dev.uring.ring;

/** The half of a ring that waits for completions and takes them. For one thread at a time. */
public final class ReapingHalf {
  private final CompletionQueue queue;
  private final CompletionReader reader;
  private final ThreadEntrance entrance;

  ReapingHalf(Ring ring) {
    this.queue = ring.completion();
    this.reader = ring.reader();
    this.entrance = new ThreadEntrance(ring);
  }

  /** The queue itself. */
  public CompletionQueue queue() {
    return queue;
  }

  /** Reads the completions; always the same object. */
  public CompletionReader reader() {
    return reader;
  }

  /**
   * Waits until the queue holds {@code minComplete} entries.
   *
   * @return zero, or minus an errno, EINTR among them; look at the queue
   */
  public int await(int minComplete) {
    return entrance.enter(0, minComplete, EnterFlags.EVENTS);
  }

  /** A way to wait with a time and more, by the index if this half is registered. 5.11. */
  public ExtendedWait newExtendedWait() {
    return entrance.newWait();
  }

  /**
   * Has the calling thread name the ring by a registered index from now on. The half is then for
   * this thread only. 5.18.
   *
   * @throws UringException EEXIST if it did already, or if the ring has a single issuer that is
   *     another thread
   */
  public void registerDescriptor() {
    entrance.register();
  }

  /** Gives the index back; by the thread that has it. */
  public void unregisterDescriptor() {
    entrance.unregister();
  }
}
