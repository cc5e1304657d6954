package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.sys.Errno;
import org.jspecify.annotations.Nullable;

/**
 * The order of a ring's life: made disabled, given files and buffers, restricted, enabled.
 *
 * <p>The kernel knows where in its life a ring is, and tells a step out of order by an errno that
 * also means other things. Here such an errno becomes the sentence that it stands for; nothing is
 * remembered beside the kernel, and nothing is asked on the way of a request.
 */
final class LifeCycle {
  private static final String ORDER =
      ": make the ring disabled(), register files and buffers, restrict it, and enable it at last";

  private LifeCycle() {}

  /** What an errno of a register call says of the order of things, or null if it says nothing. */
  static @Nullable IllegalStateException mistake(RegisterCall call, int errno) {
    return switch (call) {
      case REGISTER_RESTRICTIONS ->
          switch (errno) {
            case Errno.EBADFD ->
                new IllegalStateException("a ring that is enabled cannot be restricted" + ORDER);
            // An enabled ring that has restrictions already denies further ones like anything else.
            case Errno.EBUSY, Errno.EACCES ->
                new IllegalStateException(
                    "the ring has its restrictions already, which are given once and for good");
            default -> null;
          };
      case REGISTER_ENABLE_RINGS ->
          errno == Errno.EBADFD || errno == Errno.EACCES
              ? new IllegalStateException("the ring is enabled already" + ORDER)
              : null;
      default -> null;
    };
  }

  /**
   * The result of an enter as it is, unless the ring is disabled still.
   *
   * @throws IllegalStateException if requests were submitted to a disabled ring; they stay in it
   */
  static int entered(int result) {
    if (result == -Errno.EBADFD) {
      throw new IllegalStateException(
          "the ring is disabled still and takes no requests: enable it first");
    }
    return result;
  }
}
