package dev.uring;

/** Looks at a completion before the caller does, and may keep it. */
@FunctionalInterface
interface Intercept {
  /** The request goes on: its place stays taken, and the caller hears of it later. */
  long KEPT = Long.MIN_VALUE;

  /** The request is over, and the caller does not hear of it. */
  long DROPPED = Long.MIN_VALUE + 1;

  /**
   * A request's completion was claimed; its place is taken still. Any thread, without locks.
   *
   * @return the result that the caller gets, or {@link #KEPT}, or {@link #DROPPED}
   */
  long completed(int result);
}
