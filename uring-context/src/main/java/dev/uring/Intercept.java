package dev.uring;

/**
 * Looks at a completion before the caller does, and may keep it. What it refers to is held until
 * the request's last completion.
 */
@FunctionalInterface
interface Intercept {
  /** The request goes on: its place stays taken, and the caller hears of it later. */
  long KEPT = Long.MIN_VALUE;

  /** The request is over, and the caller does not hear of it. */
  long DROPPED = Long.MIN_VALUE + 1;

  /** The request goes on though the kernel's is over; no result is as large. */
  long GOES_ON = 1L << 62;

  /** The caller gets this result, and will hear more. */
  static long goesOn(int result) {
    return GOES_ON | Integer.toUnsignedLong(result);
  }

  /**
   * A request's completion was claimed; its place is taken still. Any thread, without locks; of a
   * request that completes many times, several threads at once.
   *
   * @param flags {@link dev.uring.ring.CompletionFlags} bits
   * @return the result that the caller gets, {@link #goesOn} with it, {@link #KEPT}, or {@link
   *     #DROPPED}
   */
  long completed(int result, int flags);

  /**
   * The request is over: after its last completion, or without any where it was taken back before
   * the kernel saw it. Once. Any thread, without locks.
   */
  default void letGo() {}
}
