package dev.uring.ring;

import dev.uring.allowlist.UringOperation;

/** Requests that concern rings only. */
public final class RingRequests {
  private static final int NOP_INJECT_RESULT = 1;
  private static final int NOP_CQE32 = 1 << 5;

  private RingRequests() {}

  /** Does nothing but complete, with the result of the caller's choice. 6.10. */
  public static SubmissionEntry nopWithResult(SubmissionEntry entry, int result) {
    return entry.prepare(UringOperation.NOP, -1, 0, result, 0).operationFlags(NOP_INJECT_RESULT);
  }

  /**
   * Does nothing but complete, with a completion of 32 bytes that carries these two words. 6.18, on
   * rings with wide or mixed completions.
   */
  public static SubmissionEntry wideNop(SubmissionEntry entry, long first, long second) {
    return entry.prepare(UringOperation.NOP, -1, second, 0, first).operationFlags(NOP_CQE32);
  }

  /** Does nothing but complete, with zero. 5.1. */
  public static SubmissionEntry nop(SubmissionEntry entry) {
    return entry.prepare(UringOperation.NOP, -1, 0, 0, 0);
  }
}
