package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.OpenHow;
import dev.uring.ring.struct.StatxResult;
import java.nio.ByteBuffer;

/**
 * Requests on names in the file system.
 *
 * <p>A directory is a descriptor, or {@link #WORKING_DIRECTORY}; never a slot of the file table
 * (-EBADF). A path is a direct buffer whose first bytes are the name and a zero byte, whatever its
 * position; it and structs are the kernel's until the completion. Results are zero, unless a method
 * says otherwise, or minus an errno: -ENOENT, -EACCES, -ENOTDIR, -ELOOP, -ENAMETOOLONG and those of
 * the man page.
 */
public final class FileSystemRequests {
  /** As a directory: names are relative to the process's working directory. */
  public static final int WORKING_DIRECTORY = -100;

  /** For {@link #unlink}: it is a directory that goes ({@code AT_REMOVEDIR}). */
  public static final int REMOVE_DIRECTORY = 0x200;

  /** For {@link #rename}: -EEXIST rather than replace ({@code RENAME_NOREPLACE}). */
  public static final int RENAME_NO_REPLACE = 1;

  /** For {@link #rename}: both are there, and change places ({@code RENAME_EXCHANGE}). */
  public static final int RENAME_EXCHANGE = 1 << 1;

  /** For {@link #link}: follow a symbolic link to what it names ({@code AT_SYMLINK_FOLLOW}). */
  public static final int FOLLOW_SYMBOLIC_LINK = 0x400;

  /** For {@link #status}: of a symbolic link itself ({@code AT_SYMLINK_NOFOLLOW}). */
  public static final int NO_FOLLOW = 0x100;

  /** For {@link #status} and {@link #link}: an empty path means the directory's descriptor. */
  public static final int EMPTY_PATH = 0x1000;

  /** For {@link #status}: everything that {@code stat(2)} tells ({@code STATX_BASIC_STATS}). */
  public static final int BASIC_STATUS = 0x7ff;

  private static final int O_CLOEXEC = 0x80000;

  private FileSystemRequests() {}

  /**
   * Opens a file, as {@code openat(2)}; the result is a new descriptor, or minus an errno. 5.6.
   *
   * <p>Example: {@code FileSystemRequests.open(entry, WORKING_DIRECTORY, path, 0, 0)}
   *
   * @param directory a descriptor, or {@link #WORKING_DIRECTORY}
   * @param path a direct buffer that begins with the name and a zero byte; the kernel's until the
   *     completion
   * @param flags {@code O_*} bits
   * @param mode permission bits of a file that is made
   */
  public static SubmissionEntry open(
      SubmissionEntry entry, int directory, ByteBuffer path, int flags, int mode) {
    return entry
        .prepare(UringOperation.OPENAT, directory, NativeAddress.of(path), mode, 0)
        .operationFlags(flags);
  }

  /**
   * Opens a file into a slot of the file table, as {@code openat(2)}; the result is zero, or with
   * {@link DestinationSlot#any} the slot, or minus an errno: -ENFILE if no slot is free, -ENXIO
   * without a table. 5.15; any slot 5.19.
   *
   * <p>Example: {@code FileSystemRequests.open(entry, WORKING_DIRECTORY, path, 0, 0, destination)}
   *
   * @param flags {@code O_*} bits but {@code O_CLOEXEC}, which a slot has not
   * @param mode permission bits of a file that is made
   */
  public static SubmissionEntry open(
      SubmissionEntry entry,
      int directory,
      ByteBuffer path,
      int flags,
      int mode,
      DestinationSlot destination) {
    requireNoCloseOnExec(flags);
    return open(entry, directory, path, flags, mode).destination(destination);
  }

  /**
   * Opens a file under conditions, as {@code openat2(2)}; the result is a new descriptor, or minus
   * an errno: -EXDEV or -ELOOP if a condition does not hold, -EAGAIN with {@link
   * OpenHow#RESOLVE_CACHED}, -EINVAL for flags that contradict each other. 5.6.
   *
   * <p>Example: {@code FileSystemRequests.open(entry, directory, path, new OpenHow())}
   */
  public static SubmissionEntry open(
      SubmissionEntry entry, int directory, ByteBuffer path, OpenHow how) {
    return entry.prepare(
        UringOperation.OPENAT2,
        directory,
        NativeAddress.of(path),
        how.bytes(),
        /* offset= */ how.address());
  }

  /**
   * Opens a file under conditions into a slot, as {@code openat2(2)}; results as of opening into a
   * slot without conditions. 5.15; any slot 5.19.
   *
   * <p>Example: {@code FileSystemRequests.open(entry, directory, path, how, destination)}
   *
   * @param how without {@code O_CLOEXEC}, which a slot has not
   */
  public static SubmissionEntry open(
      SubmissionEntry entry,
      int directory,
      ByteBuffer path,
      OpenHow how,
      DestinationSlot destination) {
    requireNoCloseOnExec(how.flags());
    return open(entry, directory, path, how).destination(destination);
  }

  /**
   * Closes a descriptor, as {@code close(2)}. -EBADF for a ring or for a number that is not open;
   * after any other error it is closed nevertheless. For a slot: {@link
   * FileTableRequests#closeSlot}. 5.6.
   *
   * <p>Example: {@code FileSystemRequests.close(entry, fd).userData(42)}
   */
  public static SubmissionEntry close(SubmissionEntry entry, int fd) {
    return entry.prepare(UringOperation.CLOSE, fd, 0, 0, 0);
  }

  /**
   * Reads a file's status, as {@code statx(2)}. 5.6.
   *
   * <p>Example: {@code FileSystemRequests.status(entry, fd, path, 0, BASIC_STATUS, result)}
   *
   * @param flags {@link #NO_FOLLOW}, {@link #EMPTY_PATH} and other {@code AT_*} bits
   * @param mask {@code STATX_*} bits, such as {@link #BASIC_STATUS}: what is wanted
   * @param result where the kernel puts it before the completion
   */
  public static SubmissionEntry status(
      SubmissionEntry entry,
      int directory,
      ByteBuffer path,
      int flags,
      int mask,
      StatxResult result) {
    return entry
        .prepare(
            UringOperation.STATX,
            directory,
            NativeAddress.of(path),
            mask,
            /* offset= */ result.address())
        .operationFlags(flags);
  }

  /**
   * Gives a file another name, as {@code renameat2(2)}; a file that had it is replaced. 5.11.
   *
   * <p>Example: {@code FileSystemRequests.rename(entry, from, path, to, newPath, 0)}
   *
   * @param flags {@link #RENAME_NO_REPLACE} or {@link #RENAME_EXCHANGE}, or zero; both together
   *     contradict each other
   */
  public static SubmissionEntry rename(
      SubmissionEntry entry,
      int fromDirectory,
      ByteBuffer from,
      int toDirectory,
      ByteBuffer to,
      int flags) {
    checkArgument(
        (flags & (RENAME_NO_REPLACE | RENAME_EXCHANGE)) != (RENAME_NO_REPLACE | RENAME_EXCHANGE),
        "a name that must not be there cannot be exchanged");
    return entry
        .prepare(
            UringOperation.RENAMEAT,
            fromDirectory,
            NativeAddress.of(from),
            /* length= */ toDirectory,
            /* offset= */ NativeAddress.of(to))
        .operationFlags(flags);
  }

  /**
   * Takes a name away, as {@code unlinkat(2)}. -EISDIR for a directory, -ENOTEMPTY for one that has
   * something in it. 5.11.
   *
   * <p>Example: {@code FileSystemRequests.unlink(entry, WORKING_DIRECTORY, path, 0)}
   *
   * @param flags {@link #REMOVE_DIRECTORY} or zero
   */
  public static SubmissionEntry unlink(
      SubmissionEntry entry, int directory, ByteBuffer path, int flags) {
    if ((flags & ~REMOVE_DIRECTORY) != 0) {
      throw new IllegalArgumentException(
          "unlink has the flag 0x200 only, not 0x" + Integer.toHexString(flags));
    }
    return entry
        .prepare(UringOperation.UNLINKAT, directory, NativeAddress.of(path), 0, 0)
        .operationFlags(flags);
  }

  /**
   * Makes a directory, as {@code mkdirat(2)}. -EEXIST if the name is taken. 5.15.
   *
   * <p>Example: {@code FileSystemRequests.makeDirectory(entry, WORKING_DIRECTORY, path, 0755)}
   *
   * @param mode permission bits, from which the process's mask is taken away
   */
  public static SubmissionEntry makeDirectory(
      SubmissionEntry entry, int directory, ByteBuffer path, int mode) {
    return entry.prepare(UringOperation.MKDIRAT, directory, NativeAddress.of(path), mode, 0);
  }

  /**
   * Makes a symbolic link, as {@code symlinkat(2)}. -EEXIST if the name is taken. 5.15.
   *
   * <p>Example: {@code FileSystemRequests.symbolicLink(entry, target, WORKING_DIRECTORY, path)}
   *
   * @param target what the link says, any text
   * @param directory that the link's own path is relative to
   * @param path of the link
   */
  public static SubmissionEntry symbolicLink(
      SubmissionEntry entry, ByteBuffer target, int directory, ByteBuffer path) {
    return entry.prepare(
        UringOperation.SYMLINKAT,
        directory,
        NativeAddress.of(target),
        0,
        /* offset= */ NativeAddress.of(path));
  }

  /**
   * Gives a file one more name, as {@code linkat(2)}. -EEXIST if the name is taken, -EXDEV on
   * another file system, -EPERM for a directory. 5.15.
   *
   * <p>Example: {@code FileSystemRequests.link(entry, from, path, to, newPath, 0)}
   *
   * @param flags {@link #FOLLOW_SYMBOLIC_LINK}, {@link #EMPTY_PATH} or zero
   */
  public static SubmissionEntry link(
      SubmissionEntry entry,
      int fromDirectory,
      ByteBuffer from,
      int toDirectory,
      ByteBuffer to,
      int flags) {
    return entry
        .prepare(
            UringOperation.LINKAT,
            fromDirectory,
            NativeAddress.of(from),
            /* length= */ toDirectory,
            /* offset= */ NativeAddress.of(to))
        .operationFlags(flags);
  }

  private static void requireNoCloseOnExec(long flags) {
    checkArgument((flags & O_CLOEXEC) == 0, "a slot has no close-on-exec: leave O_CLOEXEC out");
  }
}
