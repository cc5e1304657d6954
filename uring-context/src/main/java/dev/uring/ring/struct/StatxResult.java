package dev.uring.ring.struct;

/**
 * {@code struct statx}: what STATX writes. 5.6.
 *
 * <pre>
 *    0 stx_mask(4)     4 stx_blksize(4)   8 stx_attributes(8)
 *   16 stx_nlink(4)   20 stx_uid(4)      24 stx_gid(4)   28 stx_mode(2), 2 unused
 *   32 stx_ino(8)     40 stx_size(8)     48 stx_blocks(8) 56 stx_attributes_mask(8)
 *   64 stx_atime(16)  80 stx_btime(16)   96 stx_ctime(16) 112 stx_mtime(16)
 *  128 stx_rdev_major(4) stx_rdev_minor(4)  136 stx_dev_major(4) stx_dev_minor(4)
 *  144 stx_mnt_id(8) (5.8)  152 stx_dio_mem_align(4) stx_dio_offset_align(4) (6.1) …
 *  256
 * </pre>
 *
 * <p>A time is seconds (8), nanoseconds (4) and 4 unused. What the mask does not name is not to be
 * relied on. The kernel writes it before the completion.
 */
public final class StatxResult extends Struct {
  static final StructLayout LAYOUT = new StructLayout("struct statx", "linux/stat.h", 256);
  private static final int MASK = LAYOUT.field("stx_mask", 0);
  private static final int BLOCK_SIZE = LAYOUT.field("stx_blksize", 4);
  private static final int LINKS = LAYOUT.field("stx_nlink", 16);
  private static final int USER = LAYOUT.field("stx_uid", 20);
  private static final int GROUP = LAYOUT.field("stx_gid", 24);
  private static final int MODE = LAYOUT.field("stx_mode", 28);
  private static final int INODE = LAYOUT.field("stx_ino", 32);
  private static final int SIZE = LAYOUT.field("stx_size", 40);
  private static final int BLOCKS = LAYOUT.field("stx_blocks", 48);
  private static final int MODIFIED = LAYOUT.field("stx_mtime", 112);
  private static final int MOUNT = LAYOUT.field("stx_mnt_id", 144);

  /** All zero. */
  public StatxResult() {
    super(LAYOUT);
  }

  /** {@code STATX_*} bits: which fields the kernel filled in. */
  public int mask() {
    return memory.getInt(MASK);
  }

  /** The transfer size that the file system prefers, in bytes. */
  public int blockSize() {
    return memory.getInt(BLOCK_SIZE);
  }

  /** The number of names. */
  public int links() {
    return memory.getInt(LINKS);
  }

  /** The owner's user id. */
  public int user() {
    return memory.getInt(USER);
  }

  /** The owner's group id. */
  public int group() {
    return memory.getInt(GROUP);
  }

  /** Kind and permission bits. */
  public int mode() {
    return Short.toUnsignedInt(memory.getShort(MODE));
  }

  /** The number of the file in its file system. */
  public long inode() {
    return memory.getLong(INODE);
  }

  /** Length in bytes. */
  public long size() {
    return memory.getLong(SIZE);
  }

  /** Units of 512 bytes that are allocated. */
  public long blocks() {
    return memory.getLong(BLOCKS);
  }

  /** Seconds of the last modification since 1970. */
  public long modifiedSeconds() {
    return memory.getLong(MODIFIED);
  }

  /** The mount's number; only if the mask names it. 5.8. */
  public long mount() {
    return memory.getLong(MOUNT);
  }
}
