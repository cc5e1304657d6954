package dev.uring;

/** The life of a context, in order. */
enum ContextState {
  DISABLED,
  ENABLED,
  CLOSING,
  CLOSED;

  /** Throws, with the way out if there is one, unless the context works. */
  void mustBeEnabled() {
    // A switch would look its cases up in an array: 10 ns when that is cold, as after each wait.
    if (this != ENABLED) {
      throw new IllegalStateException(
          this == DISABLED
              ? "the context is not enabled yet: call enable() first"
              : "the context is closed");
    }
  }

  /** Throws if the context is closed, or about to be. */
  void mustNotBeClosed() {
    if (this == CLOSING || this == CLOSED) {
      throw new IllegalStateException("the context is closed");
    }
  }

  void mustBeDisabled() {
    if (this != DISABLED) {
      throw new IllegalStateException(
          this == ENABLED ? "the context is enabled already" : "the context is closed");
    }
  }
}
