package dev.uring;

import dev.uring.ring.CompletionFlags;
import dev.uring.ring.UringException;

/**
 * One completion, for those who would rather have objects than a {@link CompletionHandler}.
 *
 * @param userData what the request was added with
 * @param result a count or whatever the request returns; minus an errno if it failed
 * @param flags {@link CompletionFlags} bits
 */
public record Completion(long userData, int result, int flags) {
  /** Whether the request has failed. */
  public boolean isError() {
    return result < 0;
  }

  /** Whether more completions of the same request follow. */
  public boolean hasMore() {
    return !CompletionFlags.isLast(flags);
  }

  /**
   * The result of a request that succeeded.
   *
   * @throws UringException if it failed
   */
  public int orThrow() {
    if (isError()) {
      throw new UringException("request " + userData, -result);
    }
    return result;
  }
}
