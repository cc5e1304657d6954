package dev.uring.ring;

import dev.uring.allowlist.UringOperation;
import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;

/** Requests on names in the file system. */
public final class FileSystemRequests {
  /** As a directory: names are relative to the process's working directory. */
  public static final int WORKING_DIRECTORY = -100;

  private FileSystemRequests() {}

  /**
   * Opens a file, as {@code openat(2)}; the result is a new descriptor, or minus an errno. 5.6.
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
        .prepare(UringOperation.OPENAT, directory, RawMemory.addressOf(path), mode, 0)
        .operationFlags(flags);
  }
}
