package dev.uring.ring.struct;

import java.nio.ByteBuffer;

/**
 * {@code struct io_uring_reg_wait}: the arguments of a wait, in memory that the ring knows. 6.13.
 *
 * <pre>
 *    0 ts: tv_sec(8) tv_nsec(8)   16 min_wait_usec(4)   20 flags(4)
 *   24 sigmask(8)   32 sigmask_sz(4)   36 pad(12)   48 pad2(16)   64
 * </pre>
 */
public final class RegisteredWait {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_reg_wait", 64);
  private static final int TIME = LAYOUT.field("ts", 0);
  private static final int MINIMUM_MICROSECONDS = LAYOUT.field("min_wait_usec", 16);
  private static final int FLAGS = LAYOUT.field("flags", 20);
  private static final int MASK = LAYOUT.field("sigmask", 24);
  private static final int MASK_BYTES = LAYOUT.field("sigmask_sz", 32);
  private static final int HAS_TIME = 1;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Bytes of one. */
  public static final int BYTES = LAYOUT.bytes();

  private RegisteredWait() {}

  /** Sets the time; below zero for a wait without end. */
  public static void time(ByteBuffer region, int index, long nanoseconds) {
    int at = index * BYTES;
    boolean endless = nanoseconds < 0;
    region.putLong(at + TIME, endless ? 0 : nanoseconds / NANOS_PER_SECOND);
    region.putLong(at + TIME + Long.BYTES, endless ? 0 : nanoseconds % NANOS_PER_SECOND);
    region.putInt(at + FLAGS, endless ? 0 : HAS_TIME);
  }

  /** Sets the minimum wait, in microseconds. */
  public static void minimumWait(ByteBuffer region, int index, int microseconds) {
    region.putInt(index * BYTES + MINIMUM_MICROSECONDS, microseconds);
  }

  /** Sets where the signal mask lies, or zero for none. */
  public static void signalMask(ByteBuffer region, int index, long address) {
    region.putLong(index * BYTES + MASK, address);
    region.putInt(index * BYTES + MASK_BYTES, address == 0 ? 0 : WaitArguments.SIGNAL_MASK_BYTES);
  }
}
