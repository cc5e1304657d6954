package dev.uring.cli;

/** Something that was asked for rightly did not work. The message says why and what to do. */
final class FailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FailureException(String message) {
    super(message);
  }

  FailureException(String message, Throwable cause) {
    super(message, cause);
  }
}
