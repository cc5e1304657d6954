package dev.uring;

/**
 * Takes completions as primitives, so that nothing is allocated for one. Called by the thread that
 * awaits or polls; of a shared context several threads may be at it at once.
 */
@FunctionalInterface
public interface CompletionHandler {
  /**
   * A request has completed, or has one more result to give.
   *
   * @param userData what the request was added with
   * @param result a count or whatever the request returns; minus an errno if it failed
   * @param flags {@link dev.uring.ring.CompletionFlags} bits
   */
  void completed(long userData, int result, int flags);
}
