package dev.uring.nbd;

import java.io.IOException;

/** A server answered with an error, or with something that is not NBD. */
public final class NbdException extends IOException {

  private static final long serialVersionUID = 1;

  private final int error;

  private NbdException(int error, String message) {
    super(message);
    this.error = error;
  }

  /** The server said no to one request; the connection goes on. */
  static NbdException refused(int error, String what) {
    return new NbdException(
        error, "The NBD server answered " + NbdErrors.name(error) + " to " + what + ".");
  }

  /** The connection cannot go on. */
  static NbdException broken(String message) {
    return new NbdException(0, message);
  }

  /**
   * The error field of the reply, one of {@link NbdProtocol.ErrorNumber} from a server that keeps
   * to the protocol; 0 if there was no such reply and the connection is of no more use.
   */
  public int error() {
    return error;
  }
}
