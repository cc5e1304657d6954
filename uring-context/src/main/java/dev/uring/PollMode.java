package dev.uring;

import dev.uring.ring.PollRequests;

/** How often a poll reports. */
public enum PollMode {
  /** Once; then the request is over. 5.1. */
  ONCE(0),

  /** Each time that something becomes true; completions but the last say MORE. 5.13. */
  EDGE(PollRequests.ADD_MULTISHOT),

  /**
   * Again and again for as long as something is true; completions but the last say MORE. After each
   * report the next submit or await asks again, or a poll that finds nothing: whoever has not done
   * by then what the report is about gets another. 5.1.
   */
  LEVEL(0);

  private final int bits;

  PollMode(int bits) {
    this.bits = bits;
  }

  int bits() {
    return bits;
  }
}
