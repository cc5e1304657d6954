package dev.uring.ring;

import dev.uring.allowlist.UringOperation;

/**
 * Requests on the contents of files.
 *
 * <p>{@code fd} is a descriptor, or a slot of the file table if the entry gets {@link
 * SubmissionEntry#fixedFile}. {@code offset} is in bytes from the start of the file, or {@link
 * #CURRENT_POSITION}. Addresses are native, lengths in bytes; memory is the kernel's until the
 * completion. Results are counts of bytes, zero at the end of the file, or minus an errno.
 */
public final class FileRequests {
  /** As an offset: the file's own position, which the request moves. 5.6. */
  public static final long CURRENT_POSITION = -1;

  private static final int FSYNC_DATASYNC = 1;

  private FileRequests() {}

  /** Reads, as {@code pread(2)}. 5.6. */
  public static SubmissionEntry read(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(UringOperation.READ, fd, address, length, offset);
  }

  /** Writes, as {@code pwrite(2)}. 5.6. */
  public static SubmissionEntry write(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(UringOperation.WRITE, fd, address, length, offset);
  }

  /** Reads into several pieces of memory, as {@code preadv2(2)}. 5.1. */
  public static SubmissionEntry readv(
      SubmissionEntry entry, int fd, long vectorAddress, int count, long offset) {
    return entry.prepare(UringOperation.READV, fd, vectorAddress, count, offset);
  }

  /** Writes from several pieces of memory, as {@code pwritev2(2)}. 5.1. */
  public static SubmissionEntry writev(
      SubmissionEntry entry, int fd, long vectorAddress, int count, long offset) {
    return entry.prepare(UringOperation.WRITEV, fd, vectorAddress, count, offset);
  }

  /** Reads into a part of a registered buffer. 5.1. */
  public static SubmissionEntry readFixed(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(UringOperation.READ_FIXED, fd, address, length, offset);
  }

  /** Writes from a part of a registered buffer. 5.1. */
  public static SubmissionEntry writeFixed(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(UringOperation.WRITE_FIXED, fd, address, length, offset);
  }

  /** Makes data and metadata of the whole file durable, as {@code fsync(2)}. 5.1. */
  public static SubmissionEntry fsync(SubmissionEntry entry, int fd) {
    return entry.prepare(UringOperation.FSYNC, fd, 0, 0, 0);
  }

  /** Makes the file's data durable, as {@code fdatasync(2)}. 5.1. */
  public static SubmissionEntry fdatasync(SubmissionEntry entry, int fd) {
    return fdatasync(entry, fd, 0, 0);
  }

  /**
   * Makes a range of the file's data durable. 5.1.
   *
   * @param length in bytes; zero with an offset of zero means the whole file
   */
  public static SubmissionEntry fdatasync(SubmissionEntry entry, int fd, long offset, int length) {
    return entry
        .prepare(UringOperation.FSYNC, fd, 0, length, offset)
        .operationFlags(FSYNC_DATASYNC);
  }

  /**
   * Allocates, punches, zeroes or moves a range, as {@code fallocate(2)}. 5.6.
   *
   * @param mode {@code FALLOC_FL_*} bits, a {@link FallocateMode} value
   */
  public static SubmissionEntry fallocate(
      SubmissionEntry entry, int fd, int mode, long offset, long length) {
    // The kernel takes the length in the address field and the mode in the length field.
    return entry.prepare(UringOperation.FALLOCATE, fd, length, mode, offset);
  }

  /**
   * Says how a range will be used, as {@code posix_fadvise(2)}. 5.6.
   *
   * @param length in bytes; zero means up to the end of the file
   */
  public static SubmissionEntry fadvise(
      SubmissionEntry entry, int fd, long offset, int length, int advice) {
    return entry.prepare(UringOperation.FADVISE, fd, 0, length, offset).operationFlags(advice);
  }
}
