package dev.uring.ring.struct;

/**
 * {@code struct io_uring_sync_cancel_reg}: which requests to cancel, and how long to wait for that.
 * 6.0; by request 6.6.
 *
 * <pre>
 *    0 addr(8)   8 fd(4)   12 flags(4)   16 timeout: tv_sec(8) tv_nsec(8)
 *   32 opcode(1)   33 pad(7)   40 pad2(24)   64
 * </pre>
 */
public final class SynchronousCancel extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_sync_cancel_reg", 64);
  private static final int ADDRESS = LAYOUT.field("addr", 0);
  private static final int FD = LAYOUT.field("fd", 8);
  private static final int FLAGS = LAYOUT.field("flags", 12);
  private static final int TIMEOUT = LAYOUT.field("timeout", 16);
  private static final int OPCODE = LAYOUT.field("opcode", 32);
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /**
   * A cancellation.
   *
   * @param userData to match, if the flags say so
   * @param fd descriptor or slot to match, or -1
   * @param flags {@code IORING_ASYNC_CANCEL_*} bits
   * @param opcode request to match, if the flags say so
   */
  public SynchronousCancel(long userData, int fd, int flags, int opcode) {
    super(LAYOUT);
    memory.putLong(ADDRESS, userData);
    memory.putInt(FD, fd);
    memory.putInt(FLAGS, flags);
    memory.put(OPCODE, (byte) opcode);
    timeout(-1);
  }

  /** Waits so many nanoseconds at most; below zero without end. */
  public void timeout(long nanoseconds) {
    boolean endless = nanoseconds < 0;
    memory.putLong(TIMEOUT, endless ? -1 : nanoseconds / NANOS_PER_SECOND);
    memory.putLong(TIMEOUT + Long.BYTES, endless ? -1 : nanoseconds % NANOS_PER_SECOND);
  }
}
