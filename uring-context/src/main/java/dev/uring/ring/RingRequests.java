package dev.uring.ring;

import dev.uring.allowlist.UringOperation;

/** Requests that concern rings only. */
public final class RingRequests {
  private RingRequests() {}

  /** Does nothing but complete, with zero. 5.1. */
  public static SubmissionEntry nop(SubmissionEntry entry) {
    return entry.prepare(UringOperation.NOP, -1, 0, 0, 0);
  }
}
