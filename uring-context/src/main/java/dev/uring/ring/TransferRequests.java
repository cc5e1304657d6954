package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;

/**
 * Pipes, and moving data through them without its passing through this process.
 *
 * <p>A descriptor that is written to is a slot of the file table if the entry gets {@link
 * SubmissionEntry#on}; one that is read from, if it gets {@link SubmissionEntry#source}. Results
 * are counts of bytes, zero at the end, or minus an errno.
 */
public final class TransferRequests {
  /** As an offset: none, which a pipe wants, or the file's own position. */
  public static final long NO_OFFSET = -1;

  /** Move pages instead of copying them, where that can be done ({@code SPLICE_F_MOVE}). */
  public static final int MOVE = 1;

  /** Do not wait for a pipe ({@code SPLICE_F_NONBLOCK}). */
  public static final int NONBLOCK = 1 << 1;

  /** More will follow at once ({@code SPLICE_F_MORE}). */
  public static final int MORE = 1 << 2;

  static final int SOURCE_IS_SLOT = 1 << 31;

  private static final int O_CLOEXEC = 0x80000;

  private TransferRequests() {}

  /**
   * Moves data between a pipe and something else, or between two pipes, as {@code splice(2)};
   * {@link SubmissionEntry#spliceFlags} adds flags. -EINVAL if neither is a pipe, -ESPIPE if a pipe
   * was given an offset. 5.7.
   *
   * <p>Example: {@code TransferRequests.splice(entry, file, 0, pipe, NO_OFFSET, 65_536)}
   *
   * @param from a descriptor
   * @param fromOffset in bytes, or {@link #NO_OFFSET}
   * @param to a descriptor
   * @param toOffset in bytes, or {@link #NO_OFFSET}
   * @param length the most bytes
   */
  public static SubmissionEntry splice(
      SubmissionEntry entry, int from, long fromOffset, int to, long toOffset, int length) {
    // The offset to read at lies where others have their address.
    return entry
        .prepare(UringOperation.SPLICE, to, /* address= */ fromOffset, length, toOffset)
        .secondFile(from);
  }

  /**
   * Copies from pipe to pipe what the first then still holds, as {@code tee(2)}; {@link
   * SubmissionEntry#spliceFlags} adds flags. -EINVAL unless both are pipes and not the same. 5.8.
   *
   * <p>Example: {@code TransferRequests.tee(entry, pipe, other, 4096).userData(42)}
   *
   * @param from a pipe's reading end
   * @param to another pipe's writing end
   * @param length the most bytes
   */
  public static SubmissionEntry tee(SubmissionEntry entry, int from, int to, int length) {
    return entry.prepare(UringOperation.TEE, to, 0, length, 0).secondFile(from);
  }

  /**
   * Makes a pipe, as {@code pipe2(2)}; zero, or -EMFILE, -EFAULT. 6.16.
   *
   * <p>Example: {@code TransferRequests.pipe(entry, descriptorsAddress, 0x80000)}
   *
   * @param descriptorsAddress of two ints, where the kernel puts the reading and the writing end
   *     before the completion
   * @param flags {@code O_CLOEXEC}, {@code O_NONBLOCK}, {@code O_DIRECT}
   */
  public static SubmissionEntry pipe(SubmissionEntry entry, long descriptorsAddress, int flags) {
    return entry.prepare(UringOperation.PIPE, 0, descriptorsAddress, 0, 0).operationFlags(flags);
  }

  /**
   * Makes a pipe in two slots of the file table, as {@code pipe2(2)}; zero, or -ENFILE if no slot
   * is free. 6.16.
   *
   * <p>Example: {@code TransferRequests.pipe(entry, slotsAddress, 0, DestinationSlot.any())}
   *
   * @param slotsAddress of two ints, where the kernel puts the slots of the reading and of the
   *     writing end before the completion
   * @param flags {@code O_NONBLOCK}, {@code O_DIRECT}; a slot has no close-on-exec
   * @param destination of the reading end; the writing end is in the slot after it. With {@link
   *     DestinationSlot#any} both are any that are free.
   */
  public static SubmissionEntry pipe(
      SubmissionEntry entry, long slotsAddress, int flags, DestinationSlot destination) {
    checkArgument((flags & O_CLOEXEC) == 0, "a slot has no close-on-exec: leave O_CLOEXEC out");
    return pipe(entry, slotsAddress, flags).destination(destination);
  }
}
