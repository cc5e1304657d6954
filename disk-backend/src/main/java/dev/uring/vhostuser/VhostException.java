package dev.uring.vhostuser;

/** A front end asked for what makes no sense, or what cannot be given; the message says what. */
final class VhostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  VhostException(String message) {
    super(message);
  }

  VhostException(String message, Throwable cause) {
    super(message, cause);
  }
}
