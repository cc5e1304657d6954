package dev.uring.ring.struct;

/**
 * {@code struct __kernel_timespec}: a span of time or a point on a clock, in nanoseconds.
 *
 * <pre>
 *    0 tv_sec(8)   8 tv_nsec(8)   16
 * </pre>
 *
 * <p>For timeouts, waits and futexes. The kernel reads it when the entry is submitted.
 */
public final class Timespec extends Struct {
  static final StructLayout LAYOUT =
      new StructLayout("struct __kernel_timespec", "linux/time_types.h", 16);
  private static final int SECONDS = LAYOUT.field("tv_sec", 0);
  private static final int NANOSECONDS = LAYOUT.field("tv_nsec", 8);
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Zero. */
  public Timespec() {
    super(LAYOUT);
  }

  /** So many nanoseconds, zero or more. */
  public static Timespec ofNanoseconds(long nanoseconds) {
    return new Timespec().set(nanoseconds);
  }

  /**
   * Sets it to so many nanoseconds.
   *
   * @throws IllegalArgumentException if negative, which the kernel refuses
   */
  public Timespec set(long nanoseconds) {
    requireRange("a time in nanoseconds", nanoseconds, 0, Long.MAX_VALUE);
    memory.putLong(SECONDS, nanoseconds / NANOS_PER_SECOND);
    memory.putLong(NANOSECONDS, nanoseconds % NANOS_PER_SECOND);
    return this;
  }

  /** The whole seconds. */
  public long seconds() {
    return memory.getLong(SECONDS);
  }

  /** The nanoseconds beyond the whole seconds, 0 to 999,999,999. */
  public long nanoseconds() {
    return memory.getLong(NANOSECONDS);
  }

  @Override
  public String toString() {
    return "Timespec[" + seconds() + " s + " + nanoseconds() + " ns]";
  }
}
