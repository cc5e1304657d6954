package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.MessageHeader;

/**
 * Requests that stay, and complete whenever something has come.
 *
 * <p>A completion whose flags have {@link CompletionFlags#MORE} is followed by another of the same
 * request; one without ends it, whether with an error, at the end of the stream, because a group
 * has no buffer left (-ENOBUFS), because it was cancelled, or because the completion queue
 * overflowed: whoever wants more asks again. A poll and a timeout that stay are {@link
 * PollRequests#ADD_MULTISHOT} and {@link TimeoutRequests#MULTISHOT}. {@code fd} is a descriptor,
 * never a slot: {@link SubmissionEntry#on} puts a slot of the file table in its place.
 */
public final class MultishotRequests {
  private static final int ACCEPT_MULTISHOT = 1;
  private static final int RECEIVE_MULTISHOT = 1 << 1;
  private static final int BUNDLE = 1 << 4;
  private static final int SOCK_CLOEXEC = 0x80000;

  private MultishotRequests() {}

  /**
   * Accepts each connection as a new descriptor, the result; close-on-exec. As {@code accept4(2)}.
   * 5.19.
   *
   * <p>Example: {@code MultishotRequests.accept(entry, listener).userData(42)}
   */
  public static SubmissionEntry accept(SubmissionEntry entry, int fd) {
    return entry
        .prepare(UringOperation.ACCEPT, fd, 0, 0, 0)
        .operationFlags(SOCK_CLOEXEC)
        .priorityBits(ACCEPT_MULTISHOT);
  }

  /**
   * Accepts each connection into a free slot of the file table, the result, or -ENFILE if there is
   * none, which ends it. As {@code accept4(2)}. 5.19.
   *
   * <p>Example: {@code MultishotRequests.acceptIntoSlots(entry, listener).userData(42)}
   */
  public static SubmissionEntry acceptIntoSlots(SubmissionEntry entry, int fd) {
    return entry
        .prepare(UringOperation.ACCEPT, fd, 0, 0, 0)
        .priorityBits(ACCEPT_MULTISHOT)
        .destination(DestinationSlot.any());
  }

  /**
   * Reads what comes, each time into a buffer of a group, as {@code read(2)}. For what can be
   * polled and has no position: pipes, terminals, sockets; -EBADFD for a regular file. 6.7.
   *
   * <p>Example: {@code MultishotRequests.read(entry, pipe, group).userData(42)}
   *
   * @param group of which the completion names the buffer
   */
  public static SubmissionEntry read(SubmissionEntry entry, int fd, BufferGroup group) {
    return entry
        .prepare(
            UringOperation.READ_MULTISHOT, fd, 0, 0, /* offset= */ FileRequests.CURRENT_POSITION)
        .buffers(group);
  }

  /**
   * Receives what comes, each time into a buffer of a group, as {@code recv(2)}. A result of zero
   * ends it: the peer has ended its side. 6.0.
   *
   * <p>Example: {@code MultishotRequests.receive(entry, socket, group, 0, 0).userData(42)}
   *
   * @param group of which the completion names the buffer
   * @param messageFlags {@code MSG_*} bits but {@code MSG_WAITALL}, which would never end
   * @param requestFlags {@link NetworkRequests#POLL_FIRST} or zero
   */
  public static SubmissionEntry receive(
      SubmissionEntry entry, int fd, BufferGroup group, int messageFlags, int requestFlags) {
    checkMessageFlags(messageFlags);
    return NetworkRequests.receive(entry, fd, 0, 0, messageFlags, requestFlags | RECEIVE_MULTISHOT)
        .buffers(group);
  }

  /**
   * Receives what comes, each time into as many buffers of a group as it takes, as {@code recv(2)}.
   * The completion names the first buffer, and those after it in the group follow. 6.10.
   *
   * <p>Example: {@code MultishotRequests.receiveBundle(entry, socket, group, 0).userData(42)}
   *
   * @param group registered with {@link BufferRings}
   * @param messageFlags {@code MSG_*} bits but {@code MSG_WAITALL}
   */
  public static SubmissionEntry receiveBundle(
      SubmissionEntry entry, int fd, BufferGroup group, int messageFlags) {
    return receive(entry, fd, group, messageFlags, BUNDLE);
  }

  /**
   * Receives each message into a buffer of a group, as {@code recvmsg(2)}; {@link
   * dev.uring.ring.struct.ReceivedMessage} tells what is where in it. 6.0.
   *
   * <p>Example: {@code MultishotRequests.receiveMessage(entry, socket, group, header, 0, 0)}
   *
   * @param group of which the completion names the buffer
   * @param header of which only the rooms for name and control data count; the kernel's until the
   *     last completion
   * @param messageFlags {@code MSG_*} bits but {@code MSG_WAITALL}
   * @param requestFlags {@link NetworkRequests#POLL_FIRST} or zero
   */
  public static SubmissionEntry receiveMessage(
      SubmissionEntry entry,
      int fd,
      BufferGroup group,
      MessageHeader header,
      int messageFlags,
      int requestFlags) {
    checkMessageFlags(messageFlags);
    return NetworkRequests.receiveMessage(
            entry, fd, header.address(), messageFlags, requestFlags | RECEIVE_MULTISHOT)
        .buffers(group);
  }

  private static void checkMessageFlags(int messageFlags) {
    checkArgument(
        (messageFlags & NetworkRequests.MSG_WAITALL) == 0,
        "what receives again and again cannot wait for all: leave MSG_WAITALL out");
  }
}
