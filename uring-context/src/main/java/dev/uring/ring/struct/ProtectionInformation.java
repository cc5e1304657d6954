package dev.uring.ring.struct;

/**
 * {@code struct io_uring_attr_pi}: the checksums that a read or a write carries beside its data,
 * for devices that check them. 6.14.
 *
 * <pre>
 *    0 flags(2)   2 app_tag(2)   4 len(4)   8 addr(8)   16 seed(8)   24 rsvd(8)   32
 * </pre>
 *
 * <p>The kernel reads it when the entry is submitted; the memory that it names is the kernel's
 * until the completion.
 */
public final class ProtectionInformation extends Struct {
  /** The device checks the checksums of the data ({@code IO_INTEGRITY_CHK_GUARD}). */
  public static final int CHECK_GUARD = 1;

  /** The device checks the reference tags ({@code IO_INTEGRITY_CHK_REFTAG}). */
  public static final int CHECK_REFERENCE_TAG = 1 << 1;

  /** The device checks the application tags ({@code IO_INTEGRITY_CHK_APPTAG}). */
  public static final int CHECK_APPLICATION_TAG = 1 << 2;

  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_attr_pi", 32);
  private static final int FLAGS = LAYOUT.field("flags", 0);
  private static final int APPLICATION_TAG = LAYOUT.field("app_tag", 2);
  private static final int LENGTH = LAYOUT.field("len", 4);
  private static final int ADDRESS = LAYOUT.field("addr", 8);
  private static final int SEED = LAYOUT.field("seed", 16);

  /**
   * Checks of data that a request reads or writes.
   *
   * @param flags {@code CHECK_*} bits
   * @param address of the checksums and tags, one group for each of the device's intervals
   * @param length of them, in bytes
   */
  public ProtectionInformation(int flags, long address, int length) {
    super(LAYOUT);
    requireRange("the flags", flags, 0, 7);
    requireRange("the length", length, 0, Integer.MAX_VALUE);
    memory.putShort(FLAGS, (short) flags);
    memory.putLong(ADDRESS, address);
    memory.putInt(LENGTH, length);
  }

  /** What the application's tags hold, 16 bits, and what the reference tags begin with. */
  public ProtectionInformation tags(int applicationTag, long seed) {
    requireRange("an application tag", applicationTag, 0, 0xffff);
    memory.putShort(APPLICATION_TAG, (short) applicationTag);
    memory.putLong(SEED, seed);
    return this;
  }
}
