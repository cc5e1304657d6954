package dev.uring.ring.struct;

/**
 * {@code struct io_uring_clone_buffers}: registered buffers of one ring for another. 6.12; a part
 * of them 6.13.
 *
 * <pre>
 *    0 src_fd(4)   4 flags(4)   8 src_off(4)   12 dst_off(4)   16 nr(4)   20 pad(12)   32
 * </pre>
 */
public final class BufferCloning extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_clone_buffers", 32);
  private static final int SOURCE_FD = LAYOUT.field("src_fd", 0);
  private static final int FLAGS = LAYOUT.field("flags", 4);
  private static final int SOURCE_OFFSET = LAYOUT.field("src_off", 8);
  private static final int OFFSET = LAYOUT.field("dst_off", 12);
  private static final int COUNT = LAYOUT.field("nr", 16);

  /**
   * A cloning.
   *
   * @param sourceFd the ring that has the buffers
   * @param flags {@code IORING_REGISTER_SRC_REGISTERED}, {@code IORING_REGISTER_DST_REPLACE}
   */
  public BufferCloning(int sourceFd, int flags) {
    super(LAYOUT);
    memory.putInt(SOURCE_FD, sourceFd);
    memory.putInt(FLAGS, flags);
  }

  /** Takes {@code count} from {@code source} on to {@code target} on; a count of zero takes all. */
  public BufferCloning range(int source, int target, int count) {
    memory.putInt(SOURCE_OFFSET, source);
    memory.putInt(OFFSET, target);
    memory.putInt(COUNT, count);
    return this;
  }
}
