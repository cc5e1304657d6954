package dev.uring;

import dev.uring.ring.struct.OpenHow;

/** What must hold of the way to a file for it to be {@linkplain Opening opened}. 5.6. */
public enum PathCondition {
  /** It does not leave the directory that it starts from, else -EXDEV. */
  BENEATH(OpenHow.RESOLVE_BENEATH),
  /** That directory is taken for the root: absolute links and {@code ..} end there. */
  IN_ROOT(OpenHow.RESOLVE_IN_ROOT),
  /** There is no symbolic link on it, else -ELOOP. */
  NO_SYMBOLIC_LINKS(OpenHow.RESOLVE_NO_SYMLINKS),
  /** There is no magic link on it, such as those of {@code /proc/self/fd}, else -ELOOP. */
  NO_MAGIC_LINKS(OpenHow.RESOLVE_NO_MAGICLINKS),
  /** It stays within one mount, else -EXDEV. */
  SAME_MOUNT(OpenHow.RESOLVE_NO_XDEV),
  /** It is all in the kernel's cache, else -EAGAIN. Not for files that are made. 5.12. */
  CACHED(OpenHow.RESOLVE_CACHED);

  private final long mask;

  PathCondition(long mask) {
    this.mask = mask;
  }

  /** The {@code RESOLVE_*} bit. */
  long mask() {
    return mask;
  }
}
