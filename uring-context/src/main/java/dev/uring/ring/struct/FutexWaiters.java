package dev.uring.ring.struct;

/**
 * An array of {@code struct futex_waitv}: the futexes that one FUTEX_WAITV waits for. 6.7.
 *
 * <pre>
 *    0 val(8)   8 uaddr(8)   16 flags(4)   20 __reserved(4)   24
 * </pre>
 *
 * <p>The kernel reads it when the entry is submitted; the futexes' words are read until the
 * completion.
 */
public final class FutexWaiters extends Struct {
  /** The futex is a word of 32 bits ({@code FUTEX2_SIZE_U32}); the only size there is. */
  public static final int SIZE_U32 = 2;

  /** No other process uses the futex ({@code FUTEX2_PRIVATE}). */
  public static final int PRIVATE = 128;

  /** The most futexes of one request ({@code FUTEX_WAITV_MAX}). */
  public static final int MOST = 128;

  static final StructLayout LAYOUT = new StructLayout("struct futex_waitv", "linux/futex.h", 24);
  private static final int VALUE = LAYOUT.field("val", 0);
  private static final int ADDRESS = LAYOUT.field("uaddr", 8);
  private static final int FLAGS = LAYOUT.field("flags", 16);

  private final int count;

  /** So many, 1 to {@link #MOST}. */
  public FutexWaiters(int count) {
    super(LAYOUT, checked(count));
    this.count = count;
  }

  private static int checked(int count) {
    requireRange("the number of futexes", count, 1, MOST);
    return count;
  }

  /**
   * Sets one futex.
   *
   * @param address of its word, aligned to 4 bytes
   * @param expected what the word holds; if it holds something else, there is no wait
   * @param flags {@link #SIZE_U32}, and {@link #PRIVATE} if wanted
   */
  public FutexWaiters set(int index, long address, int expected, int flags) {
    requireRange("the index of a futex", index, 0, count - 1L);
    int at = index * LAYOUT.bytes();
    memory.putLong(at + VALUE, Integer.toUnsignedLong(expected));
    memory.putLong(at + ADDRESS, address);
    memory.putInt(at + FLAGS, flags);
    return this;
  }

  /** The number of futexes. */
  public int count() {
    return count;
  }
}
