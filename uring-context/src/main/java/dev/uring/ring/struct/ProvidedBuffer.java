package dev.uring.ring.struct;

import java.nio.ByteBuffer;

/**
 * {@code struct io_uring_buf}, an entry of a ring of provided buffers ({@code struct
 * io_uring_buf_ring}). 5.19.
 *
 * <pre>
 *    0 addr(8)   8 len(4)   12 bid(2)   14 resv(2)   16
 *                                       14 tail(2), in the first entry only
 * </pre>
 *
 * <p>The ring's tail lies over the reserved field of the first entry, which is why filling an entry
 * never touches that field.
 */
public final class ProvidedBuffer {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_buf", 16);
  static final StructLayout RING_LAYOUT = StructLayout.ofUring("io_uring_buf_ring", 16);
  private static final int ADDRESS = LAYOUT.field("addr", 0);
  private static final int LENGTH = LAYOUT.field("len", 8);
  private static final int ID = LAYOUT.field("bid", 12);

  /** Bytes of an entry. */
  public static final int BYTES = LAYOUT.bytes();

  /** Where the tail lies in the ring's memory. */
  public static final int TAIL = RING_LAYOUT.field("tail", 14);

  private ProvidedBuffer() {}

  /** Fills the entry with this index, below the ring's size. */
  public static void fill(ByteBuffer ring, int index, long address, int length, int id) {
    int at = index * BYTES;
    ring.putLong(at + ADDRESS, address);
    ring.putInt(at + LENGTH, length);
    ring.putShort(at + ID, (short) id);
  }
}
