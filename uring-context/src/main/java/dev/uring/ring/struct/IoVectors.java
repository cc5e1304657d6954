package dev.uring.ring.struct;

/**
 * An array of {@code struct iovec}: pieces of memory that one request reads or writes in order.
 *
 * <pre>
 *    0 iov_base(8)   8 iov_len(8)   16
 * </pre>
 *
 * <p>The kernel reads the array when the entry is submitted ({@link
 * dev.uring.ring.Feature#SUBMIT_STABLE}, 5.5); the pieces themselves are its until the completion.
 */
public final class IoVectors extends Struct {
  /** The most pieces that one request takes ({@code UIO_MAXIOV}). */
  public static final int MOST = 1024;

  static final StructLayout LAYOUT = new StructLayout("struct iovec", "sys/uio.h", 16);
  private static final int BASE = LAYOUT.field("iov_base", 0);
  private static final int LENGTH = LAYOUT.field("iov_len", 8);

  private final int count;

  /** So many empty pieces, 1 to 16,384: the most that can be registered as buffers. */
  public IoVectors(int count) {
    super(LAYOUT, checked(count));
    this.count = count;
  }

  private static int checked(int count) {
    requireRange("the number of pieces", count, 1, 16_384);
    return count;
  }

  /**
   * Sets one piece.
   *
   * @param address where it starts
   * @param length in bytes
   */
  public IoVectors set(int index, long address, long length) {
    requireRange("the length of a piece", length, 0, Long.MAX_VALUE);
    int at = position(index);
    memory.putLong(at + BASE, address);
    memory.putLong(at + LENGTH, length);
    return this;
  }

  /** Where a piece starts. */
  public long base(int index) {
    return memory.getLong(position(index) + BASE);
  }

  /** How long a piece is, in bytes. */
  public long length(int index) {
    return memory.getLong(position(index) + LENGTH);
  }

  /** The number of pieces. */
  public int count() {
    return count;
  }

  private int position(int index) {
    requireRange("the index of a piece", index, 0, count - 1L);
    return index * LAYOUT.bytes();
  }
}
