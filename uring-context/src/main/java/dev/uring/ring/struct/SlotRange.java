package dev.uring.ring.struct;

/**
 * {@code struct io_uring_file_index_range}: slots that the kernel may choose from. 6.0.
 *
 * <pre>
 *    0 off(4)   4 len(4)   8 resv(8)   16
 * </pre>
 */
public final class SlotRange extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_file_index_range", 16);
  private static final int FIRST = LAYOUT.field("off", 0);
  private static final int COUNT = LAYOUT.field("len", 4);

  /** So many slots from {@code first} on. */
  public SlotRange(int first, int count) {
    super(LAYOUT);
    memory.putInt(FIRST, first);
    memory.putInt(COUNT, count);
  }
}
