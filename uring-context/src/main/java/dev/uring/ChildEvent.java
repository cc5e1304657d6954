package dev.uring;

import dev.uring.ring.ProcessRequests;

/** What happens to child processes. Source: {@code waitid(2)}. */
public enum ChildEvent {
  /** It has ended, by itself or by a signal. */
  EXITED(ProcessRequests.EXITED),
  /** A signal has stopped it. */
  STOPPED(ProcessRequests.STOPPED),
  /** A signal lets it go on. */
  CONTINUED(ProcessRequests.CONTINUED);

  private static final int CLD_DUMPED = 3;
  private static final int CLD_STOPPED = 5;

  private final int mask;

  ChildEvent(int mask) {
    this.mask = mask;
  }

  int mask() {
    return mask;
  }

  /** By {@code si_code}. */
  static ChildEvent of(int code) {
    if (code <= CLD_DUMPED) {
      return EXITED;
    }
    // A traced child that is trapped has stopped too.
    return code <= CLD_STOPPED ? STOPPED : CONTINUED;
  }
}
