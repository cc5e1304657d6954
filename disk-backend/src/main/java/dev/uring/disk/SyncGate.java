package dev.uring.disk;

import org.jspecify.annotations.Nullable;

/**
 * Collects requests that wait for durability, so that one {@code fdatasync} at a time serves them.
 *
 * <p>One at a time because the kernel reports a write-back error once an open file: of two that run
 * side by side, one would fail and the other falsely succeed. And whoever comes while one runs
 * waits for the next, since the running one may have begun before the newcomer's writes. Each queue
 * has an open file of its own, so queues need not wait for each other.
 */
final class SyncGate {
  private @Nullable DiskRequest waiting;
  private @Nullable DiskRequest running;
  private long from;
  private long to;

  /** Lets a request wait for the next sync of at least its range; a length of zero means all. */
  void add(DiskRequest request, long offset, long length) {
    boolean first = waiting == null;
    request.next = waiting;
    waiting = request;
    if (length == 0) {
      from = 0;
      to = Long.MAX_VALUE;
    } else {
      from = first ? offset : Math.min(from, offset);
      to = first ? offset + length : Math.max(to, offset + length);
    }
  }

  /** Whether a sync must be started now. */
  boolean isDue() {
    return running == null && waiting != null;
  }

  /** All that wait now are served by the sync that is about to start. */
  void start() {
    running = waiting;
    waiting = null;
  }

  /** The first byte that the sync must cover. */
  long offset() {
    return length() == 0 ? 0 : from;
  }

  /** How many bytes it must cover; zero means the whole file. */
  int length() {
    long length = to - from;
    return length > Integer.MAX_VALUE ? 0 : (int) length;
  }

  /** The requests that the sync served, as a list by {@code next}; the next one may start. */
  @Nullable DiskRequest finish() {
    DiskRequest served = running;
    running = null;
    return served;
  }
}
