package dev.uring.ring.struct;

/**
 * {@code struct io_uring_napi}: polling network devices while waiting. 6.9.
 *
 * <pre>
 *    0 busy_poll_to(4)   4 prefer_busy_poll(1)   5 opcode(1), 2 unused   8 op_param(4), 4 unused
 *   16
 * </pre>
 *
 * <p>The fields from 5 on were unused before 6.13 and stay zero here.
 */
public final class BusyPollSettings extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_napi", 16);
  private static final int MICROSECONDS = LAYOUT.field("busy_poll_to", 0);
  private static final int PREFER = LAYOUT.field("prefer_busy_poll", 4);

  /** Off. */
  public BusyPollSettings() {
    super(LAYOUT);
  }

  /** Polls so many microseconds; preferring it keeps the device's interrupts off meanwhile. */
  public BusyPollSettings set(int microseconds, boolean prefer) {
    requireRange("a polling time in microseconds", microseconds, 0, Integer.MAX_VALUE);
    memory.putInt(MICROSECONDS, microseconds);
    memory.put(PREFER, (byte) (prefer ? 1 : 0));
    return this;
  }

  /** How long, in microseconds. */
  public int microseconds() {
    return memory.getInt(MICROSECONDS);
  }

  /** Whether polling keeps interrupts off. */
  public boolean isPreferred() {
    return memory.get(PREFER) != 0;
  }
}
