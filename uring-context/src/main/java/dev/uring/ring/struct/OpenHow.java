package dev.uring.ring.struct;

/**
 * {@code struct open_how}: how {@code openat2(2)} shall open. 5.6.
 *
 * <pre>
 *    0 flags(8)   8 mode(8)   16 resolve(8)   24
 * </pre>
 *
 * <p>The kernel reads it when the entry is submitted.
 */
public final class OpenHow extends Struct {
  /** Refuse to cross into another mount. */
  public static final long RESOLVE_NO_XDEV = 0x01;

  /** Refuse magic links such as those of {@code /proc/self/fd}. */
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;

  /** Refuse symbolic links anywhere in the path. */
  public static final long RESOLVE_NO_SYMLINKS = 0x04;

  /** Refuse to leave the directory that the path starts at. */
  public static final long RESOLVE_BENEATH = 0x08;

  /** Take the directory that the path starts at for the root. */
  public static final long RESOLVE_IN_ROOT = 0x10;

  /** Answer EAGAIN unless the path is in the cache. 5.12. */
  public static final long RESOLVE_CACHED = 0x20;

  static final StructLayout LAYOUT = new StructLayout("struct open_how", "linux/openat2.h", 24);
  private static final int FLAGS = LAYOUT.field("flags", 0);
  private static final int MODE = LAYOUT.field("mode", 8);
  private static final int RESOLVE = LAYOUT.field("resolve", 16);

  /** Read-only, without conditions. */
  public OpenHow() {
    super(LAYOUT);
  }

  /** {@code O_*} bits. */
  public OpenHow flags(long flags) {
    memory.putLong(FLAGS, flags);
    return this;
  }

  /** The {@code O_*} bits that were set. */
  public long flags() {
    return memory.getLong(FLAGS);
  }

  /** Permission bits of a file that is made; the kernel refuses any where none is made. */
  public OpenHow mode(int mode) {
    requireRange("a mode", mode, 0, 07777);
    memory.putLong(MODE, mode);
    return this;
  }

  /** {@code RESOLVE_*} bits: conditions on the way to the file. */
  public OpenHow resolve(long bits) {
    memory.putLong(RESOLVE, bits);
    return this;
  }
}
