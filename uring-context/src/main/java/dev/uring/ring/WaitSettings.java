package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.ClockRegistration;
import dev.uring.ring.struct.MemoryRegion;
import dev.uring.ring.struct.RegisteredWait;
import dev.uring.ring.struct.WaitArguments;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;

/**
 * What a ring's waits go by: their clock, and memory that holds their arguments.
 *
 * <p>On a ring with a single issuer for that thread; else for any. Source: {@code
 * io_uring_register(2)}, {@code io_uring_register_clock(3)}, {@code io_uring_register_region(3)}.
 */
public final class WaitSettings {
  private static final int MOST = 1024;

  private final RegisterCaller ring;

  WaitSettings(RegisterCaller ring) {
    this.ring = ring;
  }

  /** Sets the clock of all waits with a time. 6.12. */
  public void clock(WaitClock clock) {
    ring.call(RegisterCall.REGISTER_CLOCK, new ClockRegistration(clock.number()), 0);
  }

  /**
   * Registers memory for the arguments of waits, which the kernel then need not copy in at each.
   * Only while the ring is disabled, and once. 6.13.
   *
   * @param count of waits, 1 to 1,024
   * @throws UringException EINVAL on a ring that is enabled, EBUSY if there is a region
   */
  public RegisteredWaits register(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("1 to " + MOST + " waits, not " + count);
    }
    int page = RawMemory.pageSize();
    int wanted = count * (RegisteredWait.BYTES + WaitArguments.SIGNAL_MASK_BYTES);
    int bytes = (wanted + page - 1) / page * page;
    long address = UringCalls.mapAnonymous(bytes);
    if (address < 0) {
      throw new UringException(
          "mmap of wait arguments", (int) -address, Unavailability.remedy(-address));
    }
    try {
      ring.call(
          RegisterCall.REGISTER_MEM_REGION,
          new MemoryRegion(address, bytes, MemoryRegion.WAIT_ARGUMENTS),
          1);
      return new RegisteredWaits(RawMemory.view(address, bytes), count);
    } catch (UringException e) {
      UringCalls.unmap(address, bytes);
      throw e;
    }
  }
}
