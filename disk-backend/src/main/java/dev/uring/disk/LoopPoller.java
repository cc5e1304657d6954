package dev.uring.disk;

/**
 * Looks for work that does not come as a completion, such as requests in memory that is shared with
 * somebody. On the loop's thread.
 */
public interface LoopPoller {
  /**
   * Looks for work, before the loop waits. It may look for a while, but for as long as it does
   * nothing else happens on the loop.
   *
   * @return whether there was any, so that the loop takes what has completed and asks again. If not
   *     the loop waits, and whoever has work has to wake it
   */
  boolean findsWork();
}
