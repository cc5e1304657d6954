package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.Command;
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
  static NbdException refused(int error, int command, long offset, long length) {
    String what =
        switch (command) {
          case Command.READ -> "a read";
          case Command.WRITE -> "a write";
          case Command.FLUSH -> "a flush";
          case Command.TRIM -> "a trim";
          case Command.CACHE -> "a cache request";
          case Command.WRITE_ZEROES -> "a write of zeroes";
          default -> "command " + command;
        };
    String where = length + " bytes at offset " + Long.toUnsignedString(offset);
    return new NbdException(
        error,
        "The NBD server answered " + NbdErrors.name(error) + " to " + what + " of " + where + ".");
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
