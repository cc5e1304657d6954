package dev.uring.ring.struct;

/**
 * {@code struct io_uring_clock_register}: the clock that waits go by. 6.12.
 *
 * <pre>
 *    0 clockid(4)   4 __resv(12)   16
 * </pre>
 */
public final class ClockRegistration extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_clock_register", 16);
  private static final int CLOCK = LAYOUT.field("clockid", 0);

  /** A clock by its number, such as {@code CLOCK_MONOTONIC}, 1. */
  public ClockRegistration(int clock) {
    super(LAYOUT);
    memory.putInt(CLOCK, clock);
  }
}
