package dev.uring.ring.struct;

/**
 * {@code struct zcrx_ctrl}: what shall be done to a zero-copy receive queue. 6.19.
 *
 * <pre>
 *    0 zcrx_id(4)   4 op(4)   8 __resv(16)   24 of an export: zcrx_fd(4)   72
 * </pre>
 */
public final class ZeroCopyControl extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("zcrx_ctrl", 72);
  private static final int ID = LAYOUT.field("zcrx_id", 0);
  private static final int OPERATION = LAYOUT.field("op", 4);
  private static final int DESCRIPTOR = LAYOUT.field("zc_export.zcrx_fd", 24);
  private static final int EXPORT = 1;

  private ZeroCopyControl(int queue, int operation) {
    super(LAYOUT);
    memory.putInt(ID, queue);
    memory.putInt(OPERATION, operation);
  }

  /** The kernel takes what waits in the queue's refill ring ({@code ZCRX_CTRL_FLUSH_RQ}). */
  public static ZeroCopyControl flush(int queue) {
    return new ZeroCopyControl(queue, 0);
  }

  /** The queue becomes a descriptor, for other rings to use ({@code ZCRX_CTRL_EXPORT}). */
  public static ZeroCopyControl export(int queue) {
    return new ZeroCopyControl(queue, EXPORT);
  }

  /** After an export: the descriptor, which is the caller's to close. */
  public int descriptor() {
    return memory.getInt(DESCRIPTOR);
  }
}
