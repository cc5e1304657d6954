package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.ErrorNumber;

/** From Linux's error numbers to the eight that may be sent (proto.md, "Error values"). */
final class NbdErrors {

  // include/uapi/asm-generic/errno-base.h and errno.h; the same on x86-64 and aarch64.
  private static final int EFBIG = 27;
  private static final int EROFS = 30;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = 122;

  private NbdErrors() {}

  /**
   * The number that tells a client most of what {@code errno} says. What the protocol has no number
   * for is an input/output error.
   *
   * @param errno positive, as in errno.h; 0 is no error and stays 0
   */
  static int fromErrno(int errno) {
    return switch (errno) {
      case 0,
          ErrorNumber.EPERM,
          ErrorNumber.EIO,
          ErrorNumber.ENOMEM,
          ErrorNumber.EINVAL,
          ErrorNumber.ENOSPC,
          ErrorNumber.EOVERFLOW,
          ErrorNumber.ESHUTDOWN ->
          errno;
      case EROFS -> ErrorNumber.EPERM;
      case EFBIG, EDQUOT -> ErrorNumber.ENOSPC;
      case EOPNOTSUPP -> ErrorNumber.ENOTSUP;
      default -> ErrorNumber.EIO;
    };
  }

  /** The protocol's name of the number, such as {@code ENOSPC}. */
  static String name(int error) {
    return switch (error) {
      case 0 -> "success";
      case ErrorNumber.EPERM -> "EPERM";
      case ErrorNumber.EIO -> "EIO";
      case ErrorNumber.ENOMEM -> "ENOMEM";
      case ErrorNumber.EINVAL -> "EINVAL";
      case ErrorNumber.ENOSPC -> "ENOSPC";
      case ErrorNumber.EOVERFLOW -> "EOVERFLOW";
      case ErrorNumber.ENOTSUP -> "ENOTSUP";
      case ErrorNumber.ESHUTDOWN -> "ESHUTDOWN";
      default -> "error " + Integer.toUnsignedString(error);
    };
  }
}
