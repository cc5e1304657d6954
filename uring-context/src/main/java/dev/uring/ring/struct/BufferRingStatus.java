package dev.uring.ring.struct;

/**
 * {@code struct io_uring_buf_status}: how far the kernel has come in a ring of provided buffers.
 * 6.8.
 *
 * <pre>
 *    0 buf_group(4)   4 head(4)   8 resv(32)   40
 * </pre>
 */
public final class BufferRingStatus extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_buf_status", 40);
  private static final int GROUP = LAYOUT.field("buf_group", 0);
  private static final int HEAD = LAYOUT.field("head", 4);

  /** A question about the group, 0 to 65,535. */
  public BufferRingStatus(int group) {
    super(LAYOUT);
    memory.putInt(GROUP, group);
  }

  /** The kernel's answer: the index of the buffer that it takes next, a counter of 16 bits. */
  public int head() {
    return memory.getInt(HEAD);
  }
}
