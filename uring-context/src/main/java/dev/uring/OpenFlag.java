package dev.uring;

import dev.uring.sys.Abi;
import dev.uring.sys.FileCalls;

/**
 * How {@link Descriptor#open} opens a file. Source: {@code open(2)}. Every file is opened {@code
 * O_CLOEXEC}.
 */
public enum OpenFlag {
  /** For reading. */
  READ,
  /** For writing. With {@link #READ}, for both. */
  WRITE,
  /** Make the file if it is missing ({@code O_CREAT}). */
  CREATE,
  /**
   * With {@link #CREATE}: refuse a file that exists. On a block device, without it: refuse one that
   * is mounted or that somebody else holds exclusively ({@code O_EXCL}).
   */
  EXCLUSIVE,
  /** Empty the file ({@code O_TRUNC}). */
  TRUNCATE,
  /** Write at the end only ({@code O_APPEND}). */
  APPEND,
  /** Go past the page cache ({@code O_DIRECT}); see {@link FileStatus#directAlignment()}. */
  DIRECT,
  /** Each write is durable when it returns ({@code O_DSYNC}). */
  DATA_SYNC,
  /** Do not wait while opening, nor on a pipe or device later ({@code O_NONBLOCK}). */
  NON_BLOCKING,
  /** Refuse what is not a directory ({@code O_DIRECTORY}). */
  DIRECTORY,
  /** Refuse a symbolic link in the last place ({@code O_NOFOLLOW}). */
  NO_FOLLOW;

  /** The bits of this flag, 0 for the access modes, which are not bits. */
  int bits() {
    return switch (this) {
      case CREATE -> FileCalls.O_CREAT;
      case EXCLUSIVE -> FileCalls.O_EXCL;
      case TRUNCATE -> FileCalls.O_TRUNC;
      case APPEND -> FileCalls.O_APPEND;
      case DIRECT -> Abi.current().openDirect();
      case DATA_SYNC -> FileCalls.O_DSYNC;
      case NON_BLOCKING -> FileCalls.O_NONBLOCK;
      case DIRECTORY -> Abi.current().openDirectory();
      case NO_FOLLOW -> Abi.current().openNoFollow();
      case READ, WRITE -> 0;
    };
  }
}
