package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;

/** Whether the kernel knows flags of entering and of entries, found out by trying them. */
final class EnterTrial {
  private EnterTrial() {}

  /** Whether entering with this flag, to submit nothing and wait for nothing, is well-formed. */
  static boolean accepts(Ring ring, EnterFlag flag) {
    if (flag == EnterFlag.REGISTERED_RING) {
      return KernelProbe.registersDescriptors(ring);
    }
    return UringCalls.enter(ring.descriptor(), 0, 0, flag.mask()) != -Errno.EINVAL;
  }

  /** Whether a request that does nothing may carry this flag. */
  static boolean accepts(Ring ring, EntryFlag flag) {
    if (flag == EntryFlag.CQE_SKIP_SUCCESS) {
      // With it the request that does nothing says nothing either.
      return ring.features().contains(Feature.CQE_SKIP);
    }
    SubmissionEntry entry = ring.submission().next();
    if (entry == null) {
      throw new IllegalStateException("the ring for trials is full");
    }
    RingRequests.nop(entry).flag(flag);
    int submitted = ring.submitAndWait(1);
    if (submitted < 0) {
      throw new UringException("io_uring_enter", -submitted);
    }
    int head = ring.completion().head();
    int result = ring.completion().result(head);
    ring.completion().advance(head + 1);
    return result != -Errno.EINVAL;
  }
}
