package dev.uring.ring.struct;

/**
 * {@code struct io_uring_rsrc_register}: a table of files or buffers, tagged or sparse. 5.13.
 *
 * <pre>
 *    0 nr(4)   4 flags(4)   8 resv2(8)   16 data(8)   24 tags(8)   32
 * </pre>
 */
public final class ResourceRegistration extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_rsrc_register", 32);
  private static final int COUNT = LAYOUT.field("nr", 0);
  private static final int FLAGS = LAYOUT.field("flags", 4);
  private static final int DATA = LAYOUT.field("data", 16);
  private static final int TAGS = LAYOUT.field("tags", 24);
  private static final int SPARSE = 1;

  private ResourceRegistration(int count, int flags, long data, long tags) {
    super(LAYOUT);
    memory.putInt(COUNT, count);
    memory.putInt(FLAGS, flags);
    memory.putLong(DATA, data);
    memory.putLong(TAGS, tags);
  }

  /** A table of so many empty places. 5.19. */
  public static ResourceRegistration sparse(int count) {
    return new ResourceRegistration(count, SPARSE, 0, 0);
  }

  /**
   * A filled table.
   *
   * @param data address of {@code count} descriptors or iovecs
   * @param tags address of as many tags of 8 bytes, or zero
   */
  public static ResourceRegistration of(int count, long data, long tags) {
    return new ResourceRegistration(count, 0, data, tags);
  }
}
