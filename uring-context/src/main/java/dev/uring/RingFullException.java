package dev.uring;

/**
 * A request was not added, because as many are in flight as the completion queue has entries.
 *
 * <p>That is no error of the request: nothing of it was kept, and it can be added again once
 * completions were taken ({@link URingContext#await}). Who would rather ask first uses {@link
 * URingContext#room}.
 */
public final class RingFullException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  RingFullException(int inFlight) {
    super(
        "all "
            + inFlight
            + " places for requests in flight are taken; take completions, then add again");
  }

  /** Being full is an everyday thing: no stack trace is taken. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
