package dev.uring.ring;

/**
 * The flags of {@code preadv2(2)} and {@code pwritev2(2)}, for {@link
 * SubmissionEntry#readWriteFlags}, on every read and write. -EOPNOTSUPP from a file system or a
 * device that cannot do what is asked.
 */
public final class ReadWriteFlags {
  /** Poll for the completion; on rings that poll it is always so ({@code RWF_HIPRI}). 4.6. */
  public static final int HIGH_PRIORITY = 1;

  /** A write is durable when it completes, data only ({@code RWF_DSYNC}). 4.7. */
  public static final int DATA_SYNC = 1 << 1;

  /** A write is durable when it completes, metadata too ({@code RWF_SYNC}). 4.7. */
  public static final int SYNC = 1 << 2;

  /** -EAGAIN rather than wait, such as for what is not in the cache ({@code RWF_NOWAIT}). 4.14. */
  public static final int NO_WAIT = 1 << 3;

  /** A write goes to the end, whatever its offset ({@code RWF_APPEND}). 4.16. */
  public static final int APPEND = 1 << 4;

  /** A write goes to its offset, though the file was opened to append. 6.9. */
  public static final int NO_APPEND = 1 << 5;

  /**
   * A write is torn by no crash ({@code RWF_ATOMIC}): direct I/O, of a length and at an offset that
   * {@code statx(2)} allows, else -EINVAL. 6.11.
   */
  public static final int ATOMIC = 1 << 6;

  /** Take what was read or written out of the cache again ({@code RWF_DONTCACHE}). 6.14. */
  public static final int UNCACHED = 1 << 7;

  private ReadWriteFlags() {}
}
