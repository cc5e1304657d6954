package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.sys.Errno;

/** What an error of a register call means, and what to do about it, as a sentence. */
final class RegisterRemedies {
  private RegisterRemedies() {}

  /** Cause and remedy; empty where the error says all that is known. */
  static String sentence(RegisterCall call, int errno) {
    return switch (errno) {
      case Errno.EACCES ->
          "the ring's allowlist does not permit this call on the enabled ring; files and buffers are"
              + " registered while it is disabled";
      case Errno.EEXIST -> "the ring belongs to another thread, or what is registered is there";
      case Errno.EBADFD -> "the ring is enabled already, and this is for disabled rings only";
      case Errno.EINVAL -> invalid(call);
      case Errno.EBUSY -> busy(call);
      case Errno.ENOENT -> "nothing is registered under that number";
      case Errno.ENXIO -> "there is no such table or device to work on; register it first";
      case Errno.EMFILE -> tooManyFiles(call);
      case Errno.EFAULT -> "memory that was named is not there, or may not be written to";
      case Errno.EBADF -> "one of the descriptors is not open, or the ring is closed";
      case Errno.EOVERFLOW -> "a length overflows, or what is pending does not fit the new size";
      case Errno.EPERM -> notPermitted(call);
      case Errno.EOPNOTSUPP -> "the kernel was built without it, or the file cannot do it";
      default -> Unavailability.remedy(errno);
    };
  }

  /** Of a call that came after 6.18. */
  static String sentence(LaterNames.Later call, int errno) {
    return switch (errno) {
      case Errno.EINVAL -> olderThan(call.since());
      case Errno.EACCES ->
          "it is for threads with no_new_privs or CAP_SYS_ADMIN, and a restricted ring may deny it";
      case Errno.ENXIO -> "no queue of this ring has that number";
      case Errno.EBADF -> "the ring is closed";
      default -> Unavailability.remedy(errno);
    };
  }

  private static String olderThan(String since) {
    return "this kernel may lack the call, which came with Linux "
        + since
        + ", or an argument is out of range";
  }

  private static String invalid(RegisterCall call) {
    String shape =
        switch (call) {
          case REGISTER_BUFFERS, REGISTER_BUFFERS2 ->
              "; 1 to 16384 buffers can be registered, and an empty place has no length";
          case REGISTER_PBUF_RING ->
              "; a buffer ring has a power of two of entries up to 32768, in memory aligned to a"
                  + " page; kernel memory came with 6.4 and incremental use with 6.12";
          case REGISTER_RESIZE_RINGS ->
              "; a ring must have been made with IORING_SETUP_DEFER_TASKRUN, have its memory from"
                  + " the kernel, and be enabled";
          case REGISTER_MEM_REGION ->
              "; a region is whole pages, one a ring, and wait arguments are registered while the"
                  + " ring is disabled";
          case REGISTER_ZCRX_IFQ ->
              "; the ring must have been made with IORING_SETUP_DEFER_TASKRUN and with completions"
                  + " of 32 bytes";
          case REGISTER_CLONE_BUFFERS ->
              "; the range must lie in the other ring's table, and that ring in this process";
          default -> "";
        };
    return olderThan(call.since()) + shape;
  }

  private static String busy(RegisterCall call) {
    return switch (call) {
      case REGISTER_RESTRICTIONS -> "a ring can be restricted once only";
      case REGISTER_RING_FDS -> "the place is taken, or all 16 of this thread are";
      default -> "it is registered already; unregister it first";
    };
  }

  private static String tooManyFiles(RegisterCall call) {
    return switch (call) {
      case REGISTER_FILES, REGISTER_FILES2 ->
          "a file table may not be larger than the limit on open files (and never than 1048576);"
              + " raise ulimit -n";
      default -> Unavailability.remedy(Errno.EMFILE);
    };
  }

  private static String notPermitted(RegisterCall call) {
    return call == RegisterCall.REGISTER_ZCRX_IFQ
        ? "zero-copy receiving takes CAP_NET_ADMIN"
        : Unavailability.remedy(Errno.EPERM);
  }
}
