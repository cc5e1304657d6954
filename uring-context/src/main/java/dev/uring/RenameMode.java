package dev.uring;

import dev.uring.ring.FileSystemRequests;

/**
 * What {@link PathRequests#addRename} does with a name that is taken. A file system that cannot do
 * it says -EINVAL. Source: {@code renameat2(2)}.
 */
public enum RenameMode {
  /** The file that had it is replaced. */
  REPLACE(0),
  /** -EEXIST ({@code RENAME_NOREPLACE}). */
  NO_REPLACE(FileSystemRequests.RENAME_NO_REPLACE),
  /** Both files change names; -ENOENT if it is not taken ({@code RENAME_EXCHANGE}). */
  EXCHANGE(FileSystemRequests.RENAME_EXCHANGE);

  private final int flags;

  RenameMode(int flags) {
    this.flags = flags;
  }

  int flags() {
    return flags;
  }
}
