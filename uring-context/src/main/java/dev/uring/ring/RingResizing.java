package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;

/** The register call that gives a ring queues of other sizes. */
final class RingResizing {
  private RingResizing() {}

  /** What the ring is like afterwards; its memory must be mapped anew. */
  static RingParameters resize(
      RegisterCaller ring, RingParameters before, int entries, int completionEntries) {
    RingParameters resized = new RingParameters();
    resized.submissionEntries(entries);
    resized.completionEntries(completionEntries);
    resized.flags(SetupFlag.CQSIZE.mask());
    ring.call(RegisterCall.REGISTER_RESIZE_RINGS, resized.memory(), 1);
    // Sizes and offsets are new; what entries look like cannot change.
    resized.flags(before.flags());
    resized.features(before.features());
    return resized;
  }
}
