package dev.uring;

import dev.uring.ring.PollRequests;

/** How often a poll reports. */
public enum PollMode {
  /** Once; then the request is over. 5.1. */
  ONCE(0),

  /** Each time that something becomes true; completions but the last say MORE. 5.13. */
  EDGE(PollRequests.ADD_MULTISHOT),

  /**
   * Again and again for as long as something is true; completions but the last say MORE. The
   * kernel's header has the flag since 6.0; Linux 6.18 refuses it, and the result is -EINVAL.
   */
  LEVEL(PollRequests.ADD_MULTISHOT | PollRequests.ADD_LEVEL);

  private final int bits;

  PollMode(int bits) {
    this.bits = bits;
  }

  int bits() {
    return bits;
  }
}
