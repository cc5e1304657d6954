package dev.uring.ring.struct;

/**
 * {@code struct io_uring_rsrc_update2}, whose first half is {@code struct io_uring_rsrc_update}:
 * new files or buffers for a part of a table. 5.5; with tags and of buffers 5.13.
 *
 * <pre>
 *    0 offset(4)   4 resv(4)   8 data(8)   (16)   16 tags(8)   24 nr(4)   28 resv2(4)   32
 * </pre>
 */
public final class ResourceUpdate extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_rsrc_update2", 32);
  static final StructLayout SHORT_LAYOUT = StructLayout.ofUring("io_uring_rsrc_update", 16);
  private static final int OFFSET = both("offset", 0);
  private static final int DATA = both("data", 8);
  private static final int TAGS = LAYOUT.field("tags", 16);
  private static final int COUNT = LAYOUT.field("nr", 24);

  private static int both(String field, int offset) {
    return SHORT_LAYOUT.field(field, LAYOUT.field(field, offset));
  }

  /**
   * An update.
   *
   * @param offset the first place, or all ones for "any" where descriptors of rings are registered
   * @param count how many places; ignored by the short form
   * @param data address of as many descriptors or iovecs, or a ring's descriptor
   * @param tags address of as many tags, or zero; ignored by the short form
   */
  public ResourceUpdate(int offset, int count, long data, long tags) {
    super(LAYOUT);
    memory.putInt(OFFSET, offset);
    memory.putLong(DATA, data);
    memory.putLong(TAGS, tags);
    memory.putInt(COUNT, count);
  }

  /** The first place, where the kernel may have put the one it chose. */
  public int offset() {
    return memory.getInt(OFFSET);
  }
}
