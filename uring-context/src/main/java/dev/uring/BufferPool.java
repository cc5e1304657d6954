package dev.uring;

import org.jspecify.annotations.Nullable;

/**
 * Page-aligned memory, lent in powers of two. For one thread at a time, such as a loop's.
 *
 * <p>What comes back is kept for the next who needs that size, up to a limit; beyond it the
 * collector has it. So a loop that has been through its busiest moment allocates no more.
 *
 * <p>Whoever borrows gives back when nothing is in flight on the memory any more: the pool lends it
 * again at once. What is lent can be {@linkplain URingContext#registerBuffers registered}, and is
 * then best kept.
 */
public final class BufferPool {
  /** The smallest buffer lent, in bytes. */
  public static final int SMALLEST = 4096;

  private static final int SMALLEST_SHIFT = 12;
  private static final int CLASSES = 31 - SMALLEST_SHIFT;
  private static final int LARGEST = SMALLEST << (CLASSES - 1);

  private final @Nullable Buffer[] free = new Buffer[CLASSES];
  private final long keepBytes;
  private long keptBytes;

  /**
   * An empty pool.
   *
   * @param keepBytes how many bytes of idle memory it holds on to, zero for none
   * @throws IllegalArgumentException if it is negative
   */
  public BufferPool(long keepBytes) {
    if (keepBytes < 0) {
      throw new IllegalArgumentException("a pool cannot keep " + keepBytes + " bytes");
    }
    this.keepBytes = keepBytes;
  }

  /**
   * How many bytes {@link #take} lends for so many: what a budget should be charged.
   *
   * @param length in bytes, 0 to 1 GiB
   * @throws IllegalArgumentException if it is not
   */
  public static int lent(int length) {
    return SMALLEST << sizeClass(length);
  }

  private static int sizeClass(int length) {
    if (length < 0 || length > LARGEST) {
      throw new IllegalArgumentException("a pool lends 0 to " + LARGEST + " bytes, not " + length);
    }
    return length <= SMALLEST ? 0 : 32 - Integer.numberOfLeadingZeros(length - 1) - SMALLEST_SHIFT;
  }

  /**
   * Lends a buffer of at least so many bytes, 0 to 1 GiB. Its content is whatever it was: who sends
   * it to somebody fills it first.
   *
   * @throws IllegalArgumentException if the length is not within that
   * @throws OutOfMemoryError as {@link NativeMemory#allocate}, if none is idle
   */
  public Buffer take(int length) {
    int sizeClass = sizeClass(length);
    Buffer buffer = free[sizeClass];
    if (buffer == null) {
      buffer = new Buffer(NativeMemory.allocate(SMALLEST << sizeClass), sizeClass);
    } else {
      free[sizeClass] = buffer.next;
      buffer.next = null;
      keptBytes -= buffer.memory.length();
    }
    buffer.lender = this;
    return buffer;
  }

  /**
   * Takes a buffer back. When there is too much idle memory the largest idle buffers go, not this
   * one: a few large requests, once, must not keep small ones from being kept ever after.
   *
   * @throws IllegalStateException if it is not on loan from this pool, or no more
   */
  public void give(Buffer buffer) {
    if (buffer.lender != this) {
      throw new IllegalStateException("a buffer is given back once, to the pool that lent it");
    }
    buffer.lender = null;
    keptBytes += buffer.length();
    buffer.next = free[buffer.sizeClass];
    free[buffer.sizeClass] = buffer;
    for (int sizeClass = CLASSES - 1; keptBytes > keepBytes && sizeClass >= 0; sizeClass--) {
      drop(sizeClass);
    }
  }

  private void drop(int sizeClass) {
    Buffer idle = free[sizeClass];
    while (idle != null && keptBytes > keepBytes) {
      keptBytes -= idle.length();
      idle = idle.next;
    }
    free[sizeClass] = idle;
  }

  /** How much idle memory there is, in bytes. */
  public long keptBytes() {
    return keptBytes;
  }

  /** Memory on loan. */
  public static final class Buffer {
    private final NativeMemory memory;
    private final int sizeClass;
    private @Nullable Buffer next;
    private @Nullable BufferPool lender;

    private Buffer(NativeMemory memory, int sizeClass) {
      this.memory = memory;
      this.sizeClass = sizeClass;
    }

    /** The memory, of the length that {@link BufferPool#lent} says. */
    public NativeMemory memory() {
      return memory;
    }

    /** The length in bytes. */
    public int length() {
      return memory.length();
    }
  }
}
