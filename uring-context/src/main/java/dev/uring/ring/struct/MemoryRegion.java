package dev.uring.ring.struct;

/**
 * {@code struct io_uring_region_desc}: memory shared with a ring; and {@code struct
 * io_uring_mem_region_reg}: what it is for. 6.13.
 *
 * <pre>
 *   description:   0 user_addr(8)   8 size(8)   16 flags(4)   20 id(4)
 *                 24 mmap_offset(8)   32 __resv(32)   64
 *   registration:  0 region_uptr(8)   8 flags(8)   16 __resv(16)   32
 * </pre>
 *
 * <p>Here the registration comes first and the description behind it.
 */
public final class MemoryRegion extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_mem_region_reg", 32);
  static final StructLayout DESCRIPTION = StructLayout.ofUring("io_uring_region_desc", 64);
  private static final int REGION = LAYOUT.field("region_uptr", 0);
  private static final int PURPOSE = LAYOUT.field("flags", 8);
  private static final int USER_ADDRESS = DESCRIPTION.field("user_addr", 0);
  private static final int SIZE = DESCRIPTION.field("size", 8);
  private static final int FLAGS = DESCRIPTION.field("flags", 16);
  private static final int MMAP_OFFSET = DESCRIPTION.field("mmap_offset", 24);
  private static final int TYPE_USER = 1;
  private static final int DESCRIBED = LAYOUT.bytes();

  /** The region holds the arguments of waits ({@code IORING_MEM_REGION_REG_WAIT_ARG}). */
  public static final int WAIT_ARGUMENTS = 1;

  /**
   * Memory of the caller's.
   *
   * @param address aligned to a page
   * @param bytes whole pages
   * @param purpose {@link #WAIT_ARGUMENTS} or zero
   */
  public MemoryRegion(long address, long bytes, long purpose) {
    super(LAYOUT.bytes() + DESCRIPTION.bytes());
    memory.putLong(REGION, address() + DESCRIBED);
    memory.putLong(PURPOSE, purpose);
    memory.putLong(DESCRIBED + USER_ADDRESS, address);
    memory.putLong(DESCRIBED + SIZE, bytes);
    memory.putInt(DESCRIBED + FLAGS, TYPE_USER);
  }

  /** The address of the description alone. */
  public long descriptionAddress() {
    return address() + DESCRIBED;
  }

  /** Where memory that the kernel allocated can be mapped; its answer. */
  public long mapOffset() {
    return memory.getLong(DESCRIBED + MMAP_OFFSET);
  }
}
