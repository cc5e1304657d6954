package dev.uring.ring.struct;

/**
 * {@code struct io_uring_buf_reg}: a ring of provided buffers. 5.19.
 *
 * <pre>
 *    0 ring_addr(8)   8 ring_entries(4)   12 bgid(2)   14 flags(2)   16 resv(24)   40
 * </pre>
 */
public final class BufferRingRegistration extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_buf_reg", 40);
  private static final int ADDRESS = LAYOUT.field("ring_addr", 0);
  private static final int ENTRIES = LAYOUT.field("ring_entries", 8);
  private static final int GROUP = LAYOUT.field("bgid", 12);
  private static final int FLAGS = LAYOUT.field("flags", 14);

  /**
   * A registration.
   *
   * @param address of the ring's memory; zero if the kernel allocates, or to unregister
   * @param entries a power of two up to 32,768; zero to unregister
   * @param group 0 to 65,535
   * @param flags {@code IOU_PBUF_RING_*} bits
   */
  public BufferRingRegistration(long address, int entries, int group, int flags) {
    super(LAYOUT);
    memory.putLong(ADDRESS, address);
    memory.putInt(ENTRIES, entries);
    memory.putShort(GROUP, (short) group);
    memory.putShort(FLAGS, (short) flags);
  }
}
