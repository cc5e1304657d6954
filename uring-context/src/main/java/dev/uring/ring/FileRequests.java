package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;

/**
 * Requests on the contents of files.
 *
 * <p>{@code fd} is a descriptor, never a slot: {@link SubmissionEntry#on} puts a slot of the file
 * table in its place. {@code offset} is in bytes from the start of the file, or {@link
 * #CURRENT_POSITION}. Addresses are native, lengths in bytes; memory is the kernel's until the
 * completion. Results are counts of bytes, zero at the end of the file, or minus an errno: -EBADF
 * for a descriptor or slot that is not open that way, -EFAULT for memory that is not there, -EINVAL
 * for an offset or an alignment that direct I/O does not take, -EAGAIN, -EIO, -ENOSPC. A count
 * below the length is no error: at the end of a file, from pipes, and when a signal came.
 */
public final class FileRequests {
  /** As an offset: the file's own position, which the request moves. 5.6. */
  public static final long CURRENT_POSITION = -1;

  /** For {@link #syncFileRange}: wait for what is being written already. */
  public static final int SYNC_WAIT_BEFORE = 1;

  /** For {@link #syncFileRange}: start writing what is dirty. */
  public static final int SYNC_WRITE = 1 << 1;

  /** For {@link #syncFileRange}: wait until it is written. */
  public static final int SYNC_WAIT_AFTER = 1 << 2;

  private static final int READ = UringOperation.READ.code();
  private static final int WRITE = UringOperation.WRITE.code();
  private static final int READV = UringOperation.READV.code();
  private static final int WRITEV = UringOperation.WRITEV.code();
  private static final int READ_FIXED = UringOperation.READ_FIXED.code();
  private static final int WRITE_FIXED = UringOperation.WRITE_FIXED.code();
  private static final int FSYNC = UringOperation.FSYNC.code();
  private static final int FSYNC_DATASYNC = 1;

  private FileRequests() {}

  /**
   * Reads, as {@code pread(2)}. 5.6.
   *
   * <p>Example: {@code FileRequests.read(entry, fd, address, 4096, offset).userData(42)}
   *
   * @param offset in bytes, or {@link #CURRENT_POSITION}, which pipes and sockets want
   */
  public static SubmissionEntry read(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(READ, fd, address, length, offset);
  }

  /**
   * Writes, as {@code pwrite(2)}. 5.6.
   *
   * <p>Example: {@code FileRequests.write(entry, fd, address, 4096, offset).userData(42)}
   *
   * @param offset in bytes, or {@link #CURRENT_POSITION}, which pipes and sockets want
   */
  public static SubmissionEntry write(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(WRITE, fd, address, length, offset);
  }

  /**
   * Reads into several pieces of memory, as {@code preadv2(2)}. 5.1.
   *
   * <p>Example: {@code FileRequests.readv(entry, fd, vectors.address(), vectors.count(), 0)}
   *
   * @param vectorAddress of {@code struct iovec}s, read when the entry is submitted
   * @param count of them, up to 1024
   */
  public static SubmissionEntry readv(
      SubmissionEntry entry, int fd, long vectorAddress, int count, long offset) {
    return entry.prepare(READV, fd, vectorAddress, count, offset);
  }

  /**
   * Writes from several pieces of memory, as {@code pwritev2(2)}. 5.1.
   *
   * <p>Example: {@code FileRequests.writev(entry, fd, vectors.address(), vectors.count(), 0)}
   *
   * @param vectorAddress of {@code struct iovec}s, read when the entry is submitted
   * @param count of them, up to 1024
   */
  public static SubmissionEntry writev(
      SubmissionEntry entry, int fd, long vectorAddress, int count, long offset) {
    return entry.prepare(WRITEV, fd, vectorAddress, count, offset);
  }

  /**
   * Reads into a part of a registered buffer, as {@code pread(2)}; say which with {@link
   * SubmissionEntry#buffer}. -EFAULT if the part reaches beyond it. 5.1.
   *
   * <p>Example: {@code FileRequests.readFixed(entry, fd, address, 4096, 0).buffer(index)}
   */
  public static SubmissionEntry readFixed(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(READ_FIXED, fd, address, length, offset);
  }

  /**
   * Writes from a part of a registered buffer, as {@code pwrite(2)}; say which with {@link
   * SubmissionEntry#buffer}. -EFAULT if the part reaches beyond it. 5.1.
   *
   * <p>Example: {@code FileRequests.writeFixed(entry, fd, address, 4096, 0).buffer(index)}
   */
  public static SubmissionEntry writeFixed(
      SubmissionEntry entry, int fd, long address, int length, long offset) {
    return entry.prepare(WRITE_FIXED, fd, address, length, offset);
  }

  /**
   * Reads into several parts of one registered buffer, as {@code preadv2(2)}. -EFAULT if a part
   * reaches beyond the buffer. 6.15.
   *
   * <p>Example: {@code FileRequests.readvFixed(entry, fd, vectors.address(), 2, 0, index)}
   *
   * @param vectorAddress of {@code struct iovec}s, read when the entry is submitted
   * @param count of them, 1 to 1024
   * @param offset in the file, in bytes
   * @param buffer that all parts lie in
   */
  public static SubmissionEntry readvFixed(
      SubmissionEntry entry,
      int fd,
      long vectorAddress,
      int count,
      long offset,
      BufferIndex buffer) {
    return entry
        .prepare(UringOperation.READV_FIXED, fd, vectorAddress, count, offset)
        .buffer(buffer);
  }

  /**
   * Writes from several parts of one registered buffer, as {@code pwritev2(2)}. -EFAULT if a part
   * reaches beyond the buffer. 6.15.
   *
   * <p>Example: {@code FileRequests.writevFixed(entry, fd, vectors.address(), 2, 0, index)}
   *
   * @param vectorAddress of {@code struct iovec}s, read when the entry is submitted
   * @param count of them, 1 to 1024
   * @param offset in the file, in bytes
   * @param buffer that all parts lie in
   */
  public static SubmissionEntry writevFixed(
      SubmissionEntry entry,
      int fd,
      long vectorAddress,
      int count,
      long offset,
      BufferIndex buffer) {
    return entry
        .prepare(UringOperation.WRITEV_FIXED, fd, vectorAddress, count, offset)
        .buffer(buffer);
  }

  /**
   * Makes data and metadata of the whole file durable, as {@code fsync(2)}. Zero, or -EIO if it is
   * not, -EINVAL for what cannot be. It does not wait for writes in flight: link it to them. 5.1.
   *
   * <p>Example: {@code FileRequests.fsync(entry, fd).flag(EntryFlag.IO_DRAIN)}
   */
  public static SubmissionEntry fsync(SubmissionEntry entry, int fd) {
    return entry.prepare(FSYNC, fd, 0, 0, 0);
  }

  /**
   * Makes the file's data durable, and of its metadata what finding the data takes, as {@code
   * fdatasync(2)}. Results as of {@link #fsync}. 5.1.
   *
   * <p>Example: {@code FileRequests.fdatasync(entry, fd).userData(42)}
   */
  public static SubmissionEntry fdatasync(SubmissionEntry entry, int fd) {
    return fdatasync(entry, fd, 0, 0);
  }

  /**
   * Makes a range of the file's data durable. 5.1. See {@code fdatasync(2)}.
   *
   * <p>Example: {@code FileRequests.fdatasync(entry, fd, offset, 4096)}
   *
   * @param length in bytes; zero with an offset of zero means the whole file
   */
  public static SubmissionEntry fdatasync(SubmissionEntry entry, int fd, long offset, int length) {
    return entry.prepare(FSYNC, fd, 0, length, offset).operationFlags(FSYNC_DATASYNC);
  }

  /**
   * Allocates, punches, zeroes or moves a range, as {@code fallocate(2)}. 5.6.
   *
   * <p>Example: {@code FileRequests.fallocate(entry, fd, FallocateMode.ALLOCATE, 0, 1 << 20)}
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
   * <p>Example: {@code FileRequests.fadvise(entry, fd, 0, 0, 3)}
   *
   * @param length in bytes; zero means up to the end of the file
   */
  public static SubmissionEntry fadvise(
      SubmissionEntry entry, int fd, long offset, int length, int advice) {
    return entry.prepare(UringOperation.FADVISE, fd, 0, length, offset).operationFlags(advice);
  }

  /**
   * Starts writing out a range, or waits until it is written, as {@code sync_file_range(2)}: no
   * metadata and no device cache, so nothing is durable by it. Zero, or -EIO, -EINVAL for a range
   * or flags that make no sense, -ESPIPE for a pipe. 5.2.
   *
   * <p>Example: {@code FileRequests.syncFileRange(entry, fd, 0, 0, FileRequests.SYNC_WRITE)}
   *
   * @param offset in bytes
   * @param length in bytes; zero means up to the end of the file
   * @param flags {@link #SYNC_WAIT_BEFORE}, {@link #SYNC_WRITE}, {@link #SYNC_WAIT_AFTER}
   */
  public static SubmissionEntry syncFileRange(
      SubmissionEntry entry, int fd, long offset, int length, int flags) {
    if ((flags & ~(SYNC_WAIT_BEFORE | SYNC_WRITE | SYNC_WAIT_AFTER)) != 0) {
      throw new IllegalArgumentException(
          "sync_file_range has the flags 1, 2 and 4, not 0x" + Integer.toHexString(flags));
    }
    return entry
        .prepare(UringOperation.SYNC_FILE_RANGE, fd, 0, length, offset)
        .operationFlags(flags);
  }

  /**
   * Sets the file's length, as {@code ftruncate(2)}; what it gains reads as zeros. Zero, or -EINVAL
   * if it is not open for writing, -EFBIG, -EPERM for a seal. 6.9.
   *
   * <p>Example: {@code FileRequests.ftruncate(entry, fd, 4096).userData(42)}
   *
   * @param length in bytes, zero or more
   */
  public static SubmissionEntry ftruncate(SubmissionEntry entry, int fd, long length) {
    checkArgument(length >= 0, "a file's length is zero or more, not %s", length);
    // The kernel takes the length in the offset field.
    return entry.prepare(UringOperation.FTRUNCATE, fd, 0, 0, /* offset= */ length);
  }

  /**
   * Says how memory of this process will be used, as {@code madvise(2)}. Zero, or -EINVAL for an
   * address that is not at a page or an advice that there is not, -ENOMEM for memory that is not
   * mapped. 5.6.
   *
   * <p>Example: {@code FileRequests.madvise(entry, address, 4096, 4)}
   *
   * @param address at a page
   * @param length in bytes, rounded up to pages
   * @param advice {@code MADV_*}
   */
  public static SubmissionEntry madvise(
      SubmissionEntry entry, long address, int length, int advice) {
    return entry.prepare(UringOperation.MADVISE, -1, address, length, 0).operationFlags(advice);
  }
}
