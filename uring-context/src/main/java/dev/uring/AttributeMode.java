package dev.uring;

import dev.uring.ring.AttributeRequests;

/** Whether an extended attribute that is set may be there already. */
public enum AttributeMode {
  /** Whether or not it is there. */
  SET(0),
  /** It must not be there, else -EEXIST ({@code XATTR_CREATE}). */
  CREATE(AttributeRequests.CREATE),
  /** It must be there, else -ENODATA ({@code XATTR_REPLACE}). */
  REPLACE(AttributeRequests.REPLACE);

  private final int flags;

  AttributeMode(int flags) {
    this.flags = flags;
  }

  int flags() {
    return flags;
  }
}
