package dev.uring.ring.struct;

/**
 * {@code struct io_uring_zcrx_ifq_reg}: a receive queue of a network device, for zero-copy
 * receiving; behind it here the {@code struct io_uring_zcrx_area_reg} that it points to. 6.15.
 *
 * <pre>
 *   queue:  0 if_idx(4)   4 if_rxq(4)   8 rq_entries(4)   12 flags(4)
 *          16 area_ptr(8)   24 region_ptr(8)
 *          32 offsets: head(4) tail(4) rqes(4) unused(20)
 *          64 zcrx_id(4)   68 unused(28)   96
 *   area:   0 addr(8)   8 len(8)   16 rq_area_token(8)   24 flags(4)   28 dmabuf_fd(4)
 *          32 unused(16)   48
 * </pre>
 */
public final class ZeroCopyQueue extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_zcrx_ifq_reg", 96);
  static final StructLayout AREA = StructLayout.ofUring("io_uring_zcrx_area_reg", 48);
  private static final int INTERFACE = LAYOUT.field("if_idx", 0);
  private static final int QUEUE = LAYOUT.field("if_rxq", 4);
  private static final int ENTRIES = LAYOUT.field("rq_entries", 8);
  private static final int AREA_POINTER = LAYOUT.field("area_ptr", 16);
  private static final int REGION_POINTER = LAYOUT.field("region_ptr", 24);
  private static final int OFFSETS = LAYOUT.field("offsets", 32);
  private static final int ID = LAYOUT.field("zcrx_id", 64);
  private static final int AREA_ADDRESS = AREA.field("addr", 0);
  private static final int AREA_BYTES = AREA.field("len", 8);
  private static final int AREA_TOKEN = AREA.field("rq_area_token", 16);
  private static final int AREA_START = LAYOUT.bytes();

  /**
   * A queue.
   *
   * @param networkInterface the interface's index, as {@code if_nametoindex(3)} gives it
   * @param queue the number of the device's receive queue
   * @param entries of the refill queue, a power of two
   */
  public ZeroCopyQueue(int networkInterface, int queue, int entries) {
    super(LAYOUT.bytes() + AREA.bytes());
    memory.putInt(INTERFACE, networkInterface);
    memory.putInt(QUEUE, queue);
    memory.putInt(ENTRIES, entries);
    memory.putLong(AREA_POINTER, address() + AREA_START);
  }

  /** Where the device puts what arrives: page-aligned memory. */
  public ZeroCopyQueue area(long address, long bytes) {
    memory.putLong(AREA_START + AREA_ADDRESS, address);
    memory.putLong(AREA_START + AREA_BYTES, bytes);
    return this;
  }

  /** Memory of the refill queue, which must stay reachable as long as this. */
  public ZeroCopyQueue refillRegion(MemoryRegion region) {
    memory.putLong(REGION_POINTER, region.descriptionAddress());
    return this;
  }

  /** The kernel's answer: the queue's number among those of the ring. */
  public int id() {
    return memory.getInt(ID);
  }

  /** The kernel's answer: what offsets into the area begin with. */
  public long areaToken() {
    return memory.getLong(AREA_START + AREA_TOKEN);
  }

  /** The kernel's answer: where the refill queue's head lies in its region. */
  public int headOffset() {
    return memory.getInt(OFFSETS);
  }

  /** The kernel's answer: where the refill queue's tail lies in its region. */
  public int tailOffset() {
    return memory.getInt(OFFSETS + 4);
  }

  /** The kernel's answer: where the refill queue's entries begin in its region. */
  public int entriesOffset() {
    return memory.getInt(OFFSETS + 8);
  }
}
