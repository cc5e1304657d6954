package dev.uring.ring;

import dev.uring.allowlist.UringOperation;

/**
 * Requests that concern rings only: doing nothing, and completions and files for another ring.
 *
 * <p>A message is a completion of another ring, whatever that ring's restrictions say. If its
 * completion queue has no room the kernel keeps the message as it keeps other completions;
 * -EOVERFLOW if it has no memory for that. -EBADFD if that ring is disabled or the descriptor is no
 * ring, -EBADF if the descriptor is not open. Where that ring's work is deferred to its owner, a
 * message with a file completes here only when the owner has taken it.
 */
public final class RingRequests {
  /** For messages that carry a file: the other ring gets the file and no completion. */
  public static final int WITHOUT_COMPLETION = 1;

  private static final int NOP = UringOperation.NOP.code();
  private static final int FLAGS_PASS = 1 << 1;
  private static final int SEND_FD = 1;
  private static final int NOP_INJECT_RESULT = 1;
  private static final int NOP_FILE = 1 << 1;
  private static final int NOP_FIXED_FILE = 1 << 2;
  private static final int NOP_FIXED_BUFFER = 1 << 3;
  private static final int NOP_TASK_WORK = 1 << 4;
  private static final int NOP_CQE32 = 1 << 5;

  private RingRequests() {}

  /**
   * Does nothing but complete, with the result of the caller's choice. 6.10. See {@code
   * io_uring_prep_nop(3)}; {@code IORING_NOP_INJECT_RESULT} of {@code linux/io_uring.h}.
   *
   * <p>Example: {@code RingRequests.nopWithResult(entry, 7).userData(42)}
   */
  public static SubmissionEntry nopWithResult(SubmissionEntry entry, int result) {
    return entry.prepare(UringOperation.NOP, -1, 0, result, 0).operationFlags(NOP_INJECT_RESULT);
  }

  /**
   * Does nothing but complete, with a completion of 32 bytes that carries these two words. 6.18, on
   * rings with wide or mixed completions. See {@code io_uring_prep_nop(3)}; {@code
   * IORING_NOP_CQE32} of {@code linux/io_uring.h}.
   *
   * <p>Example: {@code RingRequests.wideNop(entry, 1, 2).userData(42)}
   */
  public static SubmissionEntry wideNop(SubmissionEntry entry, long first, long second) {
    return entry.prepare(UringOperation.NOP, -1, second, 0, first).operationFlags(NOP_CQE32);
  }

  /**
   * Does nothing but complete, with zero if this descriptor is open, else -EBADF. 6.13. See {@code
   * io_uring_prep_nop(3)}; {@code IORING_NOP_FILE} of {@code linux/io_uring.h}.
   *
   * <p>Example: {@code RingRequests.nopOn(entry, fd).userData(42)}
   *
   * @param fd a descriptor
   */
  public static SubmissionEntry nopOn(SubmissionEntry entry, int fd) {
    return entry.prepare(UringOperation.NOP, fd, 0, 0, 0).operationFlags(NOP_FILE);
  }

  /**
   * Does nothing but complete, with zero if this slot has a file, else -EBADF. 6.13. See {@code
   * io_uring_prep_nop(3)}; {@code IORING_NOP_FIXED_FILE} of {@code linux/io_uring.h}.
   *
   * <p>Example: {@code RingRequests.nopOn(entry, new FileSlot(3)).userData(42)}
   */
  public static SubmissionEntry nopOn(SubmissionEntry entry, FileSlot slot) {
    // The request has a flag of its own for slots.
    return entry
        .prepare(UringOperation.NOP, slot.index(), 0, 0, 0)
        .operationFlags(NOP_FILE | NOP_FIXED_FILE);
  }

  /**
   * Does nothing but complete, with zero if there is such a registered buffer, else -EFAULT. 6.13.
   * See {@code io_uring_prep_nop(3)}; {@code IORING_NOP_FIXED_BUFFER} of {@code linux/io_uring.h}.
   *
   * <p>Example: {@code RingRequests.nopWith(entry, new BufferIndex(3)).userData(42)}
   */
  public static SubmissionEntry nopWith(SubmissionEntry entry, BufferIndex buffer) {
    return entry
        .prepare(UringOperation.NOP, -1, 0, 0, 0)
        .operationFlags(NOP_FIXED_BUFFER)
        .buffer(buffer);
  }

  /**
   * Does nothing but complete, with zero, by way of task work as requests that had to wait do: to
   * measure what that costs. As {@code io_uring_prep_nop(3)}; {@code IORING_NOP_TW} of {@code
   * linux/io_uring.h}. 6.17.
   *
   * <p>Example: {@code RingRequests.nopByTaskWork(entry).userData(42)}
   */
  public static SubmissionEntry nopByTaskWork(SubmissionEntry entry) {
    return entry.prepare(UringOperation.NOP, -1, 0, 0, 0).operationFlags(NOP_TASK_WORK);
  }

  /**
   * Does nothing but complete, with zero: a wake-up, or a measure of the ring itself. 5.1. See
   * {@code io_uring_prep_nop(3)}.
   *
   * <p>Example: {@code RingRequests.nop(entry).userData(42)}
   */
  public static SubmissionEntry nop(SubmissionEntry entry) {
    return entry.prepare(NOP, -1, 0, 0, 0);
  }

  /**
   * Puts a completion into another ring, {@code IORING_MSG_DATA} of {@code io_uring_enter(2)};
   * zero. 5.18.
   *
   * <p>Example: {@code RingRequests.message(entry, other.descriptor(), 42, 0)}
   *
   * @param ring the other ring's descriptor, or its slot with {@link SubmissionEntry#on}
   * @param userData of the completion there
   * @param result of the completion there
   */
  public static SubmissionEntry message(
      SubmissionEntry entry, int ring, long userData, int result) {
    return entry.prepare(UringOperation.MSG_RING, ring, 0, result, /* offset= */ userData);
  }

  /**
   * Puts a completion with flags into another ring, {@code IORING_MSG_DATA} of {@code
   * io_uring_enter(2)}; zero. 6.3.
   *
   * <p>Example: {@code RingRequests.message(entry, other.descriptor(), 42, 0, completionFlags)}
   *
   * @param completionFlags of the completion there, passed as they are
   */
  public static SubmissionEntry message(
      SubmissionEntry entry, int ring, long userData, int result, int completionFlags) {
    return message(entry, ring, userData, result)
        .operationFlags(FLAGS_PASS)
        .secondFile(completionFlags);
  }

  /**
   * Puts a file of this ring's table into the table of another, {@code IORING_MSG_SEND_FD} of
   * {@code io_uring_enter(2)}, and tells it by a completion whose result is the slot that the
   * kernel chose, or zero for one that was named. The result here is the same. -EBADF if the slot
   * is empty, -ENXIO if the other ring has no table (and any slot was wanted: -ENFILE), -ENFILE if
   * no slot is free, -EINVAL for a slot beyond the table and to the ring itself. 6.0.
   *
   * <p>Example: {@code RingRequests.sendFile(entry, ring, 42, file, DestinationSlot.any(), 0)}
   *
   * @param ring the other ring's descriptor, or its slot with {@link SubmissionEntry#on}
   * @param userData of the completion there
   * @param file of this ring's table
   * @param destination in the other ring's table
   * @param flags {@link #WITHOUT_COMPLETION} or zero
   */
  public static SubmissionEntry sendFile(
      SubmissionEntry entry,
      int ring,
      long userData,
      FileSlot file,
      DestinationSlot destination,
      int flags) {
    if ((flags & ~WITHOUT_COMPLETION) != 0) {
      throw new IllegalArgumentException(
          "a message with a file has the flag 1 only, not 0x" + Integer.toHexString(flags));
    }
    return entry
        .prepare(UringOperation.MSG_RING, ring, /* address= */ SEND_FD, 0, userData)
        .operationFlags(flags)
        .address3(file.index())
        .destination(destination);
  }
}
