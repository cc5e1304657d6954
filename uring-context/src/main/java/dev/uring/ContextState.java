package dev.uring;

/** The life of a context, in order. */
enum ContextState {
  DISABLED,
  ENABLED,
  CLOSING,
  CLOSED;

  /** Throws, with the way out if there is one, unless the context works. */
  void mustBeEnabled() {
    switch (this) {
      case DISABLED ->
          throw new IllegalStateException("the context is not enabled yet: call enable() first");
      case CLOSING, CLOSED -> throw new IllegalStateException("the context is closed");
      case ENABLED -> {}
    }
  }
}
