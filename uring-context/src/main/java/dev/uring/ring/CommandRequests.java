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
  private static final int SOCKET_TRANSMIT_TIMESTAMP = 4;

  /** In a completion's flags: the bit from which on they have the kind of a time stamp. */
  private static final int TIMESTAMP_KIND_SHIFT = 17;

  /** A time stamp's kind: the packet left for the device ({@code SCM_TSTAMP_SND}). */
  public static final int TIMESTAMP_SENT = 0;

  /** A time stamp's kind: the packet was queued for the device ({@code SCM_TSTAMP_SCHED}). */
  public static final int TIMESTAMP_SCHEDULED = 1;

  /** A time stamp's kind: the peer has acknowledged it ({@code SCM_TSTAMP_ACK}). */
  public static final int TIMESTAMP_ACKNOWLEDGED = 2;

  /** {@code _IO(0x12, 0)}. */
  private static final int BLOCK_DISCARD = 0x1200;

  private static final int FIXED = 1;
  private static final int MULTISHOT = 1 << 1;

  private CommandRequests() {}

  /**
   * A command of any driver's, whose number and fields the driver's own documentation tells; see
   * {@code io_uring_enter(2)}. The driver chooses the result. 5.19.
   *
   * <p>Example: {@code CommandRequests.command(entry, fd, 0x1200, offset, 0, length)}
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

  /**
   * A command whose memory lies in a registered buffer, {@code IORING_URING_CMD_FIXED} of {@code
   * linux/io_uring.h}; otherwise as {@link #command}, and only drivers that say so look at the
   * buffer. See {@code io_uring_enter(2)}. 6.1.
   *
   * <p>Example: {@code CommandRequests.commandFixed(entry, fd, 0xc048_4e80, 0, 0, 0, buffer)}
   *
   * @param command {@code cmd_op}
   * @param address the {@code addr} field
   * @param length the {@code len} field
   * @param extra the first 8 of the 16 bytes behind the common fields, {@code addr3}
   * @param buffer that the driver finds the memory in
   */
  public static SubmissionEntry commandFixed(
      SubmissionEntry entry,
      int fd,
      int command,
      long address,
      int length,
      long extra,
      BufferIndex buffer) {
    return command(entry, fd, command, address, length, extra).operationFlags(FIXED).buffer(buffer);
  }

  /**
   * A command that stays and completes again and again, each time with a buffer of a group, {@code
   * IORING_URING_CMD_MULTISHOT} of {@code linux/io_uring.h}; otherwise as {@link #command}. Only
   * for commands whose driver completes them so: another one that succeeds at once never does. See
   * {@code io_uring_enter(2)}. 6.18.
   *
   * <p>Example: {@code CommandRequests.commandMultishot(entry, fd, 0xc048_4e80, group, 0)}
   *
   * @param command {@code cmd_op}
   * @param group of which the completions name the buffers
   * @param extra the first 8 of the 16 bytes behind the common fields, {@code addr3}
   */
  public static SubmissionEntry commandMultishot(
      SubmissionEntry entry, int fd, int command, BufferGroup group, long extra) {
    return command(entry, fd, command, 0, 0, extra).operationFlags(MULTISHOT).buffers(group);
  }

  /**
   * How many bytes a socket holds to be received, {@code SIOCINQ} of {@code tcp(7)}. 6.5.
   *
   * <p>Example: {@code CommandRequests.receivable(entry, socket).userData(42)}
   */
  public static SubmissionEntry receivable(SubmissionEntry entry, int fd) {
    return command(entry, fd, SOCKET_INPUT_QUEUE, 0, 0, 0);
  }

  /**
   * How many bytes a socket holds that were not sent, {@code SIOCOUTQ} of {@code tcp(7)}. 6.5.
   *
   * <p>Example: {@code CommandRequests.unsent(entry, socket).userData(42)}
   */
  public static SubmissionEntry unsent(SubmissionEntry entry, int fd) {
    return command(entry, fd, SOCKET_OUTPUT_QUEUE, 0, 0, 0);
  }

  /**
   * Reads an option of a socket, as {@code getsockopt(2)}; the result is its length in bytes. Level
   * {@code SOL_SOCKET} only, else -EOPNOTSUPP. 6.7.
   *
   * <p>Example: {@code CommandRequests.getSocketOption(entry, fd, 1, 8, valueAddress, 4)}
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
   * <p>Example: {@code CommandRequests.setSocketOption(entry, fd, 1, 8, valueAddress, 4)}
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
   * Tells when a socket's packets were sent, again and again: each completion but the last says
   * MORE, its result is the packet's number (of a datagram) or its last byte's (of a stream), its
   * two further words are seconds and nanoseconds, its flags have the {@linkplain #timestampKind
   * kind}. On rings with wide or mixed completions, else -EINVAL; for sockets that were told to
   * keep such times with {@code SO_TIMESTAMPING}, see {@code socket(7)}. As {@code
   * io_uring_prep_cmd_sock(3)}. 6.17.
   *
   * <p>Example: {@code CommandRequests.transmitTimestamps(entry, socket).userData(42)}
   */
  public static SubmissionEntry transmitTimestamps(SubmissionEntry entry, int fd) {
    return command(entry, fd, SOCKET_TRANSMIT_TIMESTAMP, 0, 0, 0);
  }

  /**
   * What happened to the packet at the time that a completion of {@link #transmitTimestamps} tells.
   *
   * @param completionFlags of that completion
   * @return {@link #TIMESTAMP_SENT}, {@link #TIMESTAMP_SCHEDULED} or {@link
   *     #TIMESTAMP_ACKNOWLEDGED}
   */
  public static int timestampKind(int completionFlags) {
    return completionFlags >>> TIMESTAMP_KIND_SHIFT;
  }

  /**
   * Tells a block device that a range holds nothing of worth, {@code BLKDISCARD} of {@code
   * ioctl(2)} without waiting for it. Zero, or -EINVAL for a range that is not of whole blocks or
   * beyond the end, -EBADF if it is not open for writing, -EOPNOTSUPP if it cannot discard. 6.12.
   *
   * <p>Example: {@code CommandRequests.discard(entry, device, 0, 1 << 20)}
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
