package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;

/** What {@code io_uring_enter} returns, told apart: what passes, and what is an error. */
final class EnterResult {
  private EnterResult() {}

  /** Lets pass what an enter can return in the course of things; throws for what it cannot. */
  static void check(int result) {
    if (result >= 0) {
      return;
    }
    switch (-result) {
      case Errno.EINTR, Errno.EAGAIN, Errno.EBUSY, Errno.ETIME -> {}
      default -> throw new UringException("io_uring_enter", -result, remedy(-result));
    }
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.EEXIST -> "the context belongs to another thread";
      case Errno.EBADFD -> "the context is not enabled yet";
      case Errno.EOWNERDEAD -> "the kernel thread that polled this ring has died";
      default -> "";
    };
  }
}
