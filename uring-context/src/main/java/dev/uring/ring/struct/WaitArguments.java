package dev.uring.ring.struct;

/**
 * {@code struct io_uring_getevents_arg}: how a wait shall end. 5.11; the minimum wait 6.12.
 *
 * <pre>
 *    0 sigmask(8)   8 sigmask_sz(4)   12 min_wait_usec(4)   16 ts(8)   24
 * </pre>
 *
 * <p>The signal mask and the time lie behind it in the same memory. A mask is of 8 bytes to the
 * kernel, whatever {@code sigset_t} is to the C library.
 */
public final class WaitArguments extends Struct {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_getevents_arg", 24);
  private static final int MASK = LAYOUT.field("sigmask", 0);
  private static final int MASK_BYTES = LAYOUT.field("sigmask_sz", 8);
  private static final int MINIMUM_MICROSECONDS = LAYOUT.field("min_wait_usec", 12);
  private static final int TIME = LAYOUT.field("ts", 16);

  /** The size that the kernel wants to be told. */
  public static final int BYTES = LAYOUT.bytes();

  /** Bytes of a signal mask, to the kernel. */
  public static final int SIGNAL_MASK_BYTES = 8;

  private static final int MASK_MEMORY = BYTES;
  private static final int TIME_MEMORY = MASK_MEMORY + SIGNAL_MASK_BYTES;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** A wait without end that changes no signal mask. */
  public WaitArguments() {
    super(TIME_MEMORY + Timespec.LAYOUT.bytes());
  }

  /** Ends the wait at this time: nanoseconds from now, or on the ring's clock; zero or more. */
  public void time(long nanoseconds) {
    requireRange("a time in nanoseconds", nanoseconds, 0, Long.MAX_VALUE);
    memory.putLong(TIME_MEMORY, nanoseconds / NANOS_PER_SECOND);
    memory.putLong(TIME_MEMORY + Long.BYTES, nanoseconds % NANOS_PER_SECOND);
    memory.putLong(TIME, address() + TIME_MEMORY);
  }

  /** The wait has no end of its own. */
  public void noTime() {
    memory.putLong(TIME, 0);
  }

  /** The signals that are blocked while waiting; signal n is bit n - 1. */
  public void signalMask(long mask) {
    memory.putLong(MASK_MEMORY, mask);
    memory.putLong(MASK, address() + MASK_MEMORY);
    memory.putInt(MASK_BYTES, SIGNAL_MASK_BYTES);
  }

  /** Signals are blocked as they are without the wait. */
  public void noSignalMask() {
    memory.putLong(MASK, 0);
    memory.putInt(MASK_BYTES, 0);
  }

  /** Waits so long, in microseconds, before fewer completions than wanted are enough. */
  public void minimumWait(int microseconds) {
    requireRange("a minimum wait in microseconds", microseconds, 0, Integer.MAX_VALUE);
    memory.putInt(MINIMUM_MICROSECONDS, microseconds);
  }
}
