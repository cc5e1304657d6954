package dev.uring.ring;

import dev.uring.sys.Errno;

/**
 * A system call or a request that the kernel refused.
 *
 * <p>The message names the call, the error and, where one is known, the remedy. Errors of one's own
 * making (a negative length, a closed context) are {@link IllegalArgumentException} and {@link
 * IllegalStateException} instead and never reach the kernel.
 */
public final class UringException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  /**
   * An error without a remedy worth a sentence.
   *
   * @param call what was called, such as {@code io_uring_setup}
   * @param errno the positive error number
   */
  public UringException(String call, int errno) {
    this(call, errno, "");
  }

  /**
   * An error with the sentence that helps.
   *
   * @param call what was called, such as {@code io_uring_setup}
   * @param errno the positive error number
   * @param remedy cause and remedy as a sentence, or empty
   */
  public UringException(String call, int errno, String remedy) {
    super(
        call
            + ": "
            + Errno.name(errno)
            + " ("
            + Errno.description(errno)
            + ")"
            + (remedy.isEmpty() ? "" : ": " + remedy));
    this.call = call;
    this.errno = errno;
  }

  /** What was called. */
  public String call() {
    return call;
  }

  /** The positive error number, as in {@code errno(3)}. */
  public int errno() {
    return errno;
  }

  /** The symbolic name of the error, such as {@code EINVAL}. */
  public String errnoName() {
    return Errno.name(errno);
  }
}
