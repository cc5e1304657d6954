package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.BusyPollSettings;

/**
 * Polling network devices while a wait would otherwise sleep: less latency for more processor time.
 *
 * <p>On a ring with a single issuer for that thread; else for any. A kernel built without busy
 * polling answers EINVAL. Source: {@code io_uring_register_napi(3)}.
 */
public final class BusyPolling {
  private final RegisterCaller ring;

  BusyPolling(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Polls in every wait. 6.9.
   *
   * @param microseconds for which to poll
   * @param prefer whether the device's interrupts stay off meanwhile
   * @return the former settings
   * @throws UringException EINVAL on a ring with polled I/O
   */
  public BusyPollSettings set(int microseconds, boolean prefer) {
    BusyPollSettings settings = new BusyPollSettings().set(microseconds, prefer);
    ring.call(RegisterCall.REGISTER_NAPI, settings, 1);
    return settings;
  }

  /**
   * Polls no more. 6.9.
   *
   * @return the former settings
   */
  public BusyPollSettings clear() {
    BusyPollSettings settings = new BusyPollSettings();
    ring.call(RegisterCall.UNREGISTER_NAPI, settings, 1);
    return settings;
  }
}
