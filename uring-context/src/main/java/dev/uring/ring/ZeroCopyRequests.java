package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.MessageHeader;

/**
 * Network requests whose data the kernel does not copy.
 *
 * <p><b>Sending.</b> Two completions: the first has the result, and if its flags have {@link
 * CompletionFlags#MORE} a second follows with {@link CompletionFlags#NOTIFICATION}, when nobody
 * reads the memory any more. Until that, or until a first one without MORE, the memory must not
 * change. The second's result is zero, or with {@link #REPORT_USAGE} {@link #COPIED} if the data
 * was copied after all, as it is on loopback. A first completion cannot be kept silent: -EINVAL
 * with {@link dev.uring.allowlist.EntryFlag#CQE_SKIP_SUCCESS}. -EOPNOTSUPP for a socket that cannot
 * do it, such as a Unix-domain one.
 *
 * <p>{@code fd} is a descriptor, never a slot: {@link SubmissionEntry#on} puts a slot of the file
 * table in its place.
 */
public final class ZeroCopyRequests {
  /** Say with the second completion whether the data was copied. 6.2. */
  public static final int REPORT_USAGE = 1 << 3;

  /** As the second completion's result: the data was copied. */
  public static final int COPIED = 1 << 31;

  private static final int RECEIVE_MULTISHOT = 1 << 1;
  private static final int FIXED_BUFFER = 1 << 2;
  private static final int SEND_FLAGS =
      NetworkRequests.POLL_FIRST | REPORT_USAGE | NetworkRequests.VECTORS;

  private ZeroCopyRequests() {}

  /**
   * Sends, as {@code send(2)}, or with {@link SubmissionEntry#peer} as {@code sendto(2)}. The
   * result counts bytes. 6.0.
   *
   * <p>Example: {@code ZeroCopyRequests.send(entry, socket, address, 65_536, 0, REPORT_USAGE)}
   *
   * @param messageFlags {@code MSG_*} bits
   * @param requestFlags {@link NetworkRequests#POLL_FIRST}, {@link #REPORT_USAGE}, {@link
   *     NetworkRequests#VECTORS} (6.17) or zero
   */
  public static SubmissionEntry send(
      SubmissionEntry entry, int fd, long address, int length, int messageFlags, int requestFlags) {
    return entry
        .prepare(UringOperation.SEND_ZC, fd, address, length, 0)
        .operationFlags(messageFlags)
        .priorityBits(checked(requestFlags));
  }

  /**
   * Sends a part of a registered buffer, as {@code send(2)}, or with {@link SubmissionEntry#peer}
   * as {@code sendto(2)}. The result counts bytes; -EFAULT if the part reaches beyond the buffer.
   * 6.0.
   *
   * <p>Example: {@code ZeroCopyRequests.sendFixed(entry, socket, address, 65_536, 0, index)}
   *
   * @param messageFlags {@code MSG_*} bits
   */
  public static SubmissionEntry sendFixed(
      SubmissionEntry entry,
      int fd,
      long address,
      int length,
      int messageFlags,
      BufferIndex buffer) {
    return send(entry, fd, address, length, messageFlags, 0)
        .priorityBits(FIXED_BUFFER)
        .buffer(buffer);
  }

  /**
   * Sends what a message names, as {@code sendmsg(2)}. The result counts bytes. 6.1.
   *
   * <p>Example: {@code ZeroCopyRequests.sendMessage(entry, socket, header, 0, 0)}
   *
   * @param header read when the entry is submitted
   * @param messageFlags {@code MSG_*} bits
   * @param requestFlags {@link NetworkRequests#POLL_FIRST}, {@link #REPORT_USAGE} or zero
   */
  public static SubmissionEntry sendMessage(
      SubmissionEntry entry, int fd, MessageHeader header, int messageFlags, int requestFlags) {
    checkArgument(
        (requestFlags & NetworkRequests.VECTORS) == 0, "a message names its vectors itself");
    return entry
        .prepare(UringOperation.SENDMSG_ZC, fd, header.address(), 1, 0)
        .operationFlags(messageFlags)
        .priorityBits(checked(requestFlags));
  }

  /**
   * Receives again and again into the memory of a registered queue of the network device that the
   * connection comes over; see {@link ZeroCopyReceive} and the kernel's {@code
   * Documentation/networking/iou-zcrx.rst}. Only on rings with completions of 32 bytes, whose
   * further words say where the data is. Each completion but the last says MORE; zero at the end of
   * the stream, -EINVAL without such a queue. 6.15.
   *
   * <p>Example: {@code ZeroCopyRequests.receive(entry, socket, queue, 0, 0).userData(42)}
   *
   * @param queue the queue's number, which registering gave it
   * @param length the most bytes in all, or zero for no limit
   * @param requestFlags {@link NetworkRequests#POLL_FIRST} or zero
   */
  public static SubmissionEntry receive(
      SubmissionEntry entry, int fd, int queue, int length, int requestFlags) {
    return entry
        .prepare(UringOperation.RECV_ZC, fd, 0, length, 0)
        .priorityBits(requestFlags | RECEIVE_MULTISHOT)
        .secondFile(queue);
  }

  private static int checked(int requestFlags) {
    if ((requestFlags & ~SEND_FLAGS) != 0) {
      throw new IllegalArgumentException(
          "a send with zero copy has the request flags 1, 8 and 0x20, not 0x"
              + Integer.toHexString(requestFlags));
    }
    return requestFlags;
  }
}
