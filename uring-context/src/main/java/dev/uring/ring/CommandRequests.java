package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;

/**
 * Commands that a file's driver understands: the request's way of saying {@code ioctl(2)} and
 * {@code setsockopt(2)}.
 *
 * <p>{@code fd} is a descriptor, never a slot: {@link SubmissionEntry#on} puts a slot of the file
 * table in its place. Memory is the kernel's until the completion. -EOPNOTSUPP if the file takes no
 * commands or not this one.
 */
public final class CommandRequests {
  private static final int SOCKET_INPUT_QUEUE = 0;
  private static final int SOCKET_OUTPUT_QUEUE = 1;
  private static final int SOCKET_GET_OPTION = 2;
  private static final int SOCKET_SET_OPTION = 3;

  /** {@code _IO(0x12, 0)}. */
  private static final int BLOCK_DISCARD = 0x1200;

  private CommandRequests() {}

  /**
   * A command of any driver's, whose number and fields the driver's own documentation tells; see
   * {@code io_uring_enter(2)}. The driver chooses the result. 5.19.
   *
   * @param command {@code cmd_op}
   * @param address the {@code addr} field
   * @param length the {@code len} field
   * @param extra the first 8 of the 16 bytes behind the common fields, {@code addr3}
   */
  public static SubmissionEntry command(
      SubmissionEntry entry, int fd, int command, long address, int length, long extra) {
    return entry
        .prepare(UringOperation.URING_CMD, fd, address, length, Words.of(command, 0))
        .address3(extra);
  }

  /** How many bytes a socket holds to be received, {@code SIOCINQ} of {@code tcp(7)}. 6.5. */
  public static SubmissionEntry receivable(SubmissionEntry entry, int fd) {
    return command(entry, fd, SOCKET_INPUT_QUEUE, 0, 0, 0);
  }

  /** How many bytes a socket holds that were not sent, {@code SIOCOUTQ} of {@code tcp(7)}. 6.5. */
  public static SubmissionEntry unsent(SubmissionEntry entry, int fd) {
    return command(entry, fd, SOCKET_OUTPUT_QUEUE, 0, 0, 0);
  }

  /**
   * Reads an option of a socket, as {@code getsockopt(2)}; the result is its length in bytes. Level
   * {@code SOL_SOCKET} only, else -EOPNOTSUPP. 6.7.
   *
   * @param level {@code SOL_*} or {@code IPPROTO_*}
   * @param option by its number
   * @param valueAddress where the value goes
   * @param length the room for it, in bytes
   */
  public static SubmissionEntry getSocketOption(
      SubmissionEntry entry, int fd, int level, int option, long valueAddress, int length) {
    return option(entry, fd, SOCKET_GET_OPTION, Words.of(level, option), valueAddress, length);
  }

  /**
   * Sets an option of a socket, as {@code setsockopt(2)}; zero, or -ENOPROTOOPT, -EINVAL. 6.7.
   *
   * @param level {@code SOL_*} or {@code IPPROTO_*}
   * @param option by its number
   * @param valueAddress of the value
   * @param length of it, in bytes
   */
  public static SubmissionEntry setSocketOption(
      SubmissionEntry entry, int fd, int level, int option, long valueAddress, int length) {
    return option(entry, fd, SOCKET_SET_OPTION, Words.of(level, option), valueAddress, length);
  }

  private static SubmissionEntry option(
      SubmissionEntry entry, int fd, int command, long option, long valueAddress, int length) {
    checkArgument(length >= 0, "an option's length is zero or more, not %s", length);
    // The option lies where others have their address.
    return command(entry, fd, command, /* address= */ option, 0, valueAddress).secondFile(length);
  }

  /**
   * Tells a block device that a range holds nothing of worth, {@code BLKDISCARD} of {@code
   * ioctl(2)} without waiting for it. Zero, or -EINVAL for a range that is not of whole blocks or
   * beyond the end, -EBADF if it is not open for writing, -EOPNOTSUPP if it cannot discard. 6.12.
   *
   * @param offset in bytes, a multiple of the logical block size
   * @param length in bytes, a multiple of the logical block size, above zero
   */
  public static SubmissionEntry discard(SubmissionEntry entry, int fd, long offset, long length) {
    checkArgument(
        offset >= 0 && length > 0, "no range starts at %s with length %s", offset, length);
    return command(entry, fd, BLOCK_DISCARD, /* address= */ offset, 0, /* extra= */ length);
  }
}
