package dev.uring.ring;

/** What the flags of a completion say ({@code IORING_CQE_F_*}). */
public final class CompletionFlags {
  /** The upper 16 bits name the provided buffer that was used. 5.7. */
  public static final int BUFFER = 1;

  /** More completions of this request follow. 5.13. */
  public static final int MORE = 1 << 1;

  /** The socket had more to read. 5.19. */
  public static final int SOCKET_NONEMPTY = 1 << 2;

  /** The kernel has let go of the buffers of a zero-copy send. 6.0. */
  public static final int NOTIFICATION = 1 << 3;

  /** The provided buffer has room left and is used again. 6.12. */
  public static final int BUFFER_MORE = 1 << 4;

  /** On a ring of mixed completions: filler at the queue's end, to be passed over. 6.18. */
  public static final int SKIP = 1 << 5;

  /** On a ring of mixed completions: this one is of 32 bytes and counts twice. 6.18. */
  public static final int WIDE = 1 << 15;

  private CompletionFlags() {}

  /** Whether this is the request's last completion, after which its memory is free. */
  public static boolean isLast(int flags) {
    return (flags & MORE) == 0;
  }

  /** The number of the provided buffer; only if {@link #BUFFER} is set. */
  public static int bufferId(int flags) {
    return flags >>> 16;
  }
}
