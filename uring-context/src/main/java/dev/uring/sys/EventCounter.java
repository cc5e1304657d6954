package dev.uring.sys;

import jnr.ffi.Pointer;

/**
 * A counter that polls readable while it is above zero ({@code eventfd(2)}), as a sign that is
 * raised and lowered. One thread at a time.
 */
public final class EventCounter {
  private final int fd;
  private final Pointer value = FileCalls.allocate(Long.BYTES);

  /**
   * @param fd a counter that does not block; the caller keeps it open
   */
  public EventCounter(int fd) {
    this.fd = fd;
  }

  /** Makes it readable: zero, or a negated errno. */
  public int raise() {
    value.putLong(0, 1);
    return result(FileCalls.write(fd, value, Long.BYTES));
  }

  /** Makes it unreadable, if it is not already: zero, or a negated errno. */
  public int lower() {
    return result(FileCalls.read(fd, value, Long.BYTES));
  }

  /** One that cannot be raised further, or lowered, is what it shall be. */
  private static int result(long transferred) {
    return transferred == -Errno.EAGAIN ? 0 : (int) Math.min(transferred, 0);
  }
}
