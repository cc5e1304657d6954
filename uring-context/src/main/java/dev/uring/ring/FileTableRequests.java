package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;

/** Requests on the ring's own table of registered files. */
public final class FileTableRequests {
  /** For {@link #install}: the descriptor outlives {@code execve(2)}. */
  public static final int KEEP_ON_EXEC = 1;

  /** {@code IORING_FILE_INDEX_ALLOC}, an unsigned int. */
  private static final long ANY_SLOTS = 0xffff_ffffL;

  private FileTableRequests() {}

  /**
   * Empties a slot, as {@code close(2)} does with a descriptor. Zero, or -EBADF if it is empty,
   * -ENXIO without a table. 5.15.
   *
   * <p>Example: {@code FileTableRequests.closeSlot(entry, new FileSlot(3))}
   */
  public static SubmissionEntry closeSlot(SubmissionEntry entry, FileSlot slot) {
    return entry
        .prepare(UringOperation.CLOSE, 0, 0, 0, 0)
        .fileIndex(Math.addExact(slot.index(), 1));
  }

  /**
   * Puts files into slots from {@code first} on, as {@link FileTable#update} does and {@code
   * io_uring_register(2)} says. The result is how many slots were dealt with, fewer than asked if
   * one failed, or minus an errno: -EBADF for a descriptor that is not open, -ENXIO without a
   * table, -EINVAL beyond its end. 5.6.
   *
   * <p>Example: {@code FileTableRequests.update(entry, descriptorsAddress, 2, new FileSlot(3))}
   *
   * @param descriptorsAddress of {@code count} ints: descriptors, {@link FileTable#EMPTY} or {@link
   *     FileTable#KEEP}; the kernel's until the completion
   * @param count 1 or more
   */
  public static SubmissionEntry update(
      SubmissionEntry entry, long descriptorsAddress, int count, FileSlot first) {
    return update(entry, descriptorsAddress, count, /* offset= */ first.index());
  }

  /**
   * Puts files into slots that are free and writes over each descriptor which slot it got, as
   * {@code io_uring_register(2)} says of {@code IORING_FILE_INDEX_ALLOC}. The result is how many
   * got one, or minus an errno: -ENFILE if no slot is free. 5.19.
   *
   * <p>Example: {@code FileTableRequests.updateAny(entry, descriptorsAddress, 2)}
   *
   * @param descriptorsAddress of {@code count} ints: descriptors, then slots
   * @param count 1 or more
   */
  public static SubmissionEntry updateAny(
      SubmissionEntry entry, long descriptorsAddress, int count) {
    return update(entry, descriptorsAddress, count, ANY_SLOTS);
  }

  private static SubmissionEntry update(
      SubmissionEntry entry, long descriptorsAddress, int count, long offset) {
    checkArgument(count > 0, "an update is of 1 slot or more, not of %s", count);
    return entry.prepare(UringOperation.FILES_UPDATE, -1, descriptorsAddress, count, offset);
  }

  /**
   * Makes a descriptor of a slot's file, the result; close-on-exec unless told otherwise. Like
   * {@code dup(2)}. -EBADF if the slot is empty, -EMFILE. 6.8.
   *
   * <p>Example: {@code FileTableRequests.install(entry, new FileSlot(3), 0)}
   *
   * @param flags {@link #KEEP_ON_EXEC} or zero
   */
  public static SubmissionEntry install(SubmissionEntry entry, FileSlot slot, int flags) {
    checkArgument((flags & ~KEEP_ON_EXEC) == 0, "there is one flag, 1, not 0x%s", flags);
    return entry
        .prepare(UringOperation.FIXED_FD_INSTALL, SubmissionEntry.NO_DESCRIPTOR, 0, 0, 0)
        .operationFlags(flags)
        .on(slot);
  }
}
