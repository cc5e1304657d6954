package dev.uring;

import dev.uring.ring.CompletionFlags;
import dev.uring.ring.UringException;
import dev.uring.sys.Errno;

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
   * @throws UringException if it failed; of one that was cancelled it says what may have done that
   */
  public int orThrow() {
    if (isError()) {
      throw new UringException("request " + userData, -result, remedy(-result));
    }
    return result;
  }

  private static String remedy(int errno) {
    return errno == Errno.ECANCELED
        ? "somebody cancelled it, what it was linked to failed or timed out, or the thread that"
            + " submitted it has ended: let threads that live long submit"
        : "";
  }
}
