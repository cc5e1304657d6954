package dev.uring;

import dev.uring.ring.SubmissionQueue;

/**
 * How many requests were added, told from how far the submission queue has come: to count each one
 * by itself takes 1 ns of the 5 that an addition has. Changed under the adders' lock.
 */
final class AddedCount {
  private final SubmissionQueue queue;

  /** Entries that stand for no request that somebody added just then. */
  private long excluded;

  AddedCount(SubmissionQueue queue) {
    this.queue = queue;
    this.excluded = queue.filled();
  }

  /** Leaves out so many entries; or, below zero, counts so many that were left out after all. */
  void exclude(long entries) {
    excluded += entries;
  }

  /** To a reader without the lock, a little late. */
  long count() {
    return queue.filled() - excluded;
  }
}
