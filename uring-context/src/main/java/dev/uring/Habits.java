package dev.uring;

import org.jspecify.annotations.Nullable;

/**
 * Who adds and who submits, as it was of late: a thread that awaits leaves to another what that one
 * added and, as it did before, is about to submit. Two threads in the kernel with the entries of
 * one would only wait for each other (at 128 requests a turn that made each cost 230 ns instead of
 * 110).
 *
 * <p>Only what that one alone has added: with it, what the thread that awaits had added itself
 * would wait too.
 *
 * <p>Plain fields: what a thread has put here itself is never out of date for it, and from what
 * others have put here follows nothing that may not be wrong. A thread that has ended may stay here
 * until another adds.
 */
final class Habits {
  private @Nullable Thread lastAdder;

  /** Who submitted last, other than by waiting. */
  private @Nullable Thread lastSubmitter;

  /** Whether somebody else added since somebody last submitted. */
  private boolean mixed;

  void adds(Thread thread) {
    if (lastAdder != thread) {
      lastAdder = thread;
      mixed = true;
    }
  }

  /** What was added so far is submitted now. */
  void submits(Thread thread) {
    if (lastSubmitter != thread) {
      lastSubmitter = thread;
    }
    if (mixed) {
      mixed = false;
    }
  }

  /** Whether another thread, and it alone, has added of late, and it submitted last, too. */
  boolean areAnothers(Thread thread) {
    Thread adder = lastAdder;
    return adder != thread && adder != null && adder == lastSubmitter && !mixed;
  }
}
