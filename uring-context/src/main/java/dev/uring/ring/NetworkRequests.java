package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;

/**
 * Requests on sockets.
 *
 * <p>{@code fd} is a descriptor, never a slot: {@link SubmissionEntry#on} puts a slot of the file
 * table in its place. Memory is the kernel's until the completion. Results are counts of bytes,
 * zero when the peer has ended its side, or minus an errno: -EBADF, -ENOTSOCK, -ENOTCONN,
 * -ECONNRESET, -EPIPE, -EAGAIN with {@code MSG_DONTWAIT}, -EFAULT.
 */
public final class NetworkRequests {
  /** Do not try at once: wait until the socket is ready. For requests that are early. 5.19. */
  public static final int POLL_FIRST = 1;

  /** As a message flag: all of it, continued inside the kernel. */
  public static final int MSG_WAITALL = 0x100;

  /** As a message flag: a broken connection is an error, not a signal. */
  public static final int MSG_NOSIGNAL = 0x4000;

  /** As a message flag: more will follow at once. */
  public static final int MSG_MORE = 0x8000;

  /** For {@link #accept(SubmissionEntry, int, int)}: -EAGAIN rather than wait. 6.10. */
  public static final int ACCEPT_NO_WAIT = 1 << 1;

  /** For {@link #accept(SubmissionEntry, int, int)}: do not try before somebody came. 6.10. */
  public static final int ACCEPT_POLL_FIRST = 1 << 2;

  /** For {@link #send}: the address is of {@code struct iovec}s, the length their count. 6.17. */
  public static final int VECTORS = 1 << 5;

  private static final int BUNDLE = 1 << 4;
  private static final int SOCK_CLOEXEC = 02000000;

  private NetworkRequests() {}

  /**
   * Accepts a connection as a new descriptor, the result; close-on-exec. 5.5. See {@code
   * accept4(2)}.
   *
   * <p>Example: {@code NetworkRequests.accept(entry, listener).userData(42)}
   */
  public static SubmissionEntry accept(SubmissionEntry entry, int fd) {
    return entry.prepare(UringOperation.ACCEPT, fd, 0, 0, 0).operationFlags(SOCK_CLOEXEC);
  }

  /**
   * Accepts a connection as a new descriptor, the result; close-on-exec. As {@code accept4(2)}.
   * 6.10.
   *
   * <p>Example: {@code NetworkRequests.accept(entry, listener, NetworkRequests.ACCEPT_POLL_FIRST)}
   *
   * @param requestFlags {@link #ACCEPT_NO_WAIT} or {@link #ACCEPT_POLL_FIRST}; both together
   *     contradict each other
   */
  public static SubmissionEntry accept(SubmissionEntry entry, int fd, int requestFlags) {
    if (requestFlags != 0 && requestFlags != ACCEPT_NO_WAIT && requestFlags != ACCEPT_POLL_FIRST) {
      throw new IllegalArgumentException(
          "an accept has the request flag 2 or 4, not 0x" + Integer.toHexString(requestFlags));
    }
    return accept(entry, fd).priorityBits(requestFlags);
  }

  /**
   * Accepts a connection into a slot of the file table, as {@code accept4(2)}; the result is zero,
   * or with {@link DestinationSlot#any} the slot, or -ENFILE if none is free, -ENXIO without a
   * table. What a named slot held is let go. 5.15; any slot 5.19.
   *
   * <p>Example: {@code NetworkRequests.accept(entry, listener, DestinationSlot.of(slot))}
   */
  public static SubmissionEntry accept(SubmissionEntry entry, int fd, DestinationSlot destination) {
    // Close-on-exec means nothing for a slot, and the kernel refuses it there.
    return entry.prepare(UringOperation.ACCEPT, fd, 0, 0, 0).destination(destination);
  }

  /**
   * Accepts a connection as a new descriptor, the result, and says from whom; close-on-exec. As
   * {@code accept4(2)}. 5.5.
   *
   * <p>Example: {@code NetworkRequests.accept(entry, listener, peerAddress, lengthAddress)}
   *
   * @param peerAddress where the kernel puts the peer's {@code struct sockaddr}
   * @param lengthAddress of an int: the room for it, and then its length, in bytes
   */
  public static SubmissionEntry accept(
      SubmissionEntry entry, int fd, long peerAddress, long lengthAddress) {
    return entry
        .prepare(UringOperation.ACCEPT, fd, peerAddress, 0, /* offset= */ lengthAddress)
        .operationFlags(SOCK_CLOEXEC);
  }

  /**
   * Makes a socket, as {@code socket(2)}; the result is a new descriptor, or -EAFNOSUPPORT,
   * -EPROTONOSUPPORT, -EMFILE. 5.19.
   *
   * <p>Example: {@code NetworkRequests.socket(entry, 2, 1, 0).userData(42)}
   *
   * @param domain {@code AF_*}
   * @param type {@code SOCK_*}, to which close-on-exec is added
   * @param protocol of {@code protocols(5)}, or zero for the usual one
   */
  public static SubmissionEntry socket(SubmissionEntry entry, int domain, int type, int protocol) {
    // The domain is in the descriptor's field, the type in the offset's.
    return entry.prepare(
        UringOperation.SOCKET, domain, 0, protocol, Integer.toUnsignedLong(type | SOCK_CLOEXEC));
  }

  /**
   * Makes a socket in a slot of the file table, as {@code socket(2)}; the result is zero, or with
   * {@link DestinationSlot#any} the slot, or minus an errno. 5.19.
   *
   * <p>Example: {@code NetworkRequests.socket(entry, 2, 1, 0, DestinationSlot.any())}
   *
   * @param domain {@code AF_*}
   * @param type {@code SOCK_*}; a slot has no close-on-exec
   * @param protocol of {@code protocols(5)}, or zero for the usual one
   */
  public static SubmissionEntry socket(
      SubmissionEntry entry, int domain, int type, int protocol, DestinationSlot destination) {
    checkArgument(
        (type & SOCK_CLOEXEC) == 0, "a slot has no close-on-exec: leave SOCK_CLOEXEC out");
    return entry
        .prepare(UringOperation.SOCKET, domain, 0, protocol, Integer.toUnsignedLong(type))
        .destination(destination);
  }

  /**
   * Gives a socket its address, as {@code bind(2)}; zero, or -EADDRINUSE, -EADDRNOTAVAIL, -EACCES.
   * 6.11.
   *
   * <p>Example: {@code NetworkRequests.bind(entry, socket, socketAddress, 16)}
   *
   * @param socketAddress of a {@code struct sockaddr}, read when the entry is submitted
   * @param length of it, in bytes
   */
  public static SubmissionEntry bind(
      SubmissionEntry entry, int fd, long socketAddress, int length) {
    return entry.prepare(UringOperation.BIND, fd, socketAddress, 0, /* offset= */ length);
  }

  /**
   * Lets a socket take connections, as {@code listen(2)}; zero, or -EADDRINUSE, -EOPNOTSUPP. 6.11.
   *
   * <p>Example: {@code NetworkRequests.listen(entry, socket, 128)}
   *
   * @param backlog how many wait to be accepted
   */
  public static SubmissionEntry listen(SubmissionEntry entry, int fd, int backlog) {
    return entry.prepare(UringOperation.LISTEN, fd, 0, backlog, 0);
  }

  /**
   * Connects, as {@code connect(2)}; zero when it is done, or -ECONNREFUSED, -ETIMEDOUT, -EISCONN
   * and the like. 5.5.
   *
   * <p>Example: {@code NetworkRequests.connect(entry, socket, socketAddress, 16)}
   *
   * @param socketAddress of a {@code struct sockaddr}, read when the entry is submitted
   * @param length of it, in bytes
   */
  public static SubmissionEntry connect(
      SubmissionEntry entry, int fd, long socketAddress, int length) {
    return entry.prepare(UringOperation.CONNECT, fd, socketAddress, 0, /* offset= */ length);
  }

  /**
   * Receives, as {@code recv(2)}. 5.6.
   *
   * <p>Example: {@code NetworkRequests.receive(entry, socket, address, 4096, 0, 0)}
   *
   * @param messageFlags {@code MSG_*} bits
   * @param requestFlags {@link #POLL_FIRST} or zero
   */
  public static SubmissionEntry receive(
      SubmissionEntry entry, int fd, long address, int length, int messageFlags, int requestFlags) {
    return entry
        .prepare(UringOperation.RECV, fd, address, length, 0)
        .operationFlags(messageFlags)
        .priorityBits(requestFlags);
  }

  /**
   * Sends, as {@code send(2)}, or with {@link SubmissionEntry#peer} as {@code sendto(2)}. 5.6.
   *
   * <p>Example: {@code NetworkRequests.send(entry, socket, address, 512, MSG_NOSIGNAL)}
   *
   * @param messageFlags {@code MSG_*} bits
   */
  public static SubmissionEntry send(
      SubmissionEntry entry, int fd, long address, int length, int messageFlags) {
    return entry.prepare(UringOperation.SEND, fd, address, length, 0).operationFlags(messageFlags);
  }

  /**
   * Sends what a {@code struct msghdr} names, as {@code sendmsg(2)}. 5.3.
   *
   * <p>Example: {@code NetworkRequests.sendMessage(entry, socket, header.address(), MSG_NOSIGNAL)}
   *
   * @param headerAddress of the header, which is the kernel's until the completion, as are the
   *     vector and the memory that it names
   */
  public static SubmissionEntry sendMessage(
      SubmissionEntry entry, int fd, long headerAddress, int messageFlags) {
    return entry
        .prepare(UringOperation.SENDMSG, fd, headerAddress, 1, 0)
        .operationFlags(messageFlags);
  }

  /**
   * Ends one or both directions, as {@code shutdown(2)}; zero, or -ENOTCONN. 5.11.
   *
   * <p>Example: {@code NetworkRequests.shutdown(entry, socket, 1)}
   *
   * @param how zero to receive no more, 1 to send no more, 2 for both
   */
  public static SubmissionEntry shutdown(SubmissionEntry entry, int fd, int how) {
    return entry.prepare(UringOperation.SHUTDOWN, fd, 0, how, 0);
  }

  /**
   * Sends, as {@code send(2)}, or with {@link SubmissionEntry#peer} as {@code sendto(2)}. -EPIPE
   * and -ECONNRESET when there is nobody to receive. 5.6.
   *
   * <p>Example: {@code NetworkRequests.send(entry, socket, address, 512, 0, POLL_FIRST)}
   *
   * @param messageFlags {@code MSG_*} bits
   * @param requestFlags {@link #POLL_FIRST}, {@link #VECTORS} or zero
   */
  public static SubmissionEntry send(
      SubmissionEntry entry, int fd, long address, int length, int messageFlags, int requestFlags) {
    if ((requestFlags & ~(POLL_FIRST | VECTORS)) != 0) {
      throw new IllegalArgumentException(
          "a send has the request flags 1 and 0x20, not 0x" + Integer.toHexString(requestFlags));
    }
    return send(entry, fd, address, length, messageFlags).priorityBits(requestFlags);
  }

  /**
   * Sends what the buffers of a group hold, in their order, as many as there are, as one {@code
   * send(2)}. The result counts the bytes; the completion names the first buffer, and those after
   * it in the group follow. -ENOBUFS if the group is empty. 6.10.
   *
   * <p>Example: {@code NetworkRequests.sendBundle(entry, socket, group, 0, MSG_NOSIGNAL)}
   *
   * @param group registered with {@link BufferRings}
   * @param length the most bytes, or zero for all there are
   * @param messageFlags {@code MSG_*} bits
   */
  public static SubmissionEntry sendBundle(
      SubmissionEntry entry, int fd, BufferGroup group, int length, int messageFlags) {
    return send(entry, fd, 0, length, messageFlags).priorityBits(BUNDLE).buffers(group);
  }

  /**
   * Receives into several buffers of a group at once, as one {@code recv(2)}. The result counts the
   * bytes; the completion names the first buffer, and those after it in the group follow. -ENOBUFS
   * if the group is empty. 6.10.
   *
   * <p>Example: {@code NetworkRequests.receiveBundle(entry, socket, group, 0, 0)}
   *
   * @param group registered with {@link BufferRings}
   * @param length the most bytes, or zero for what the buffers hold
   * @param messageFlags {@code MSG_*} bits
   */
  public static SubmissionEntry receiveBundle(
      SubmissionEntry entry, int fd, BufferGroup group, int length, int messageFlags) {
    return receive(entry, fd, 0, length, messageFlags, BUNDLE).buffers(group);
  }

  /**
   * Receives into what a {@code struct msghdr} names, as {@code recvmsg(2)}. 5.3.
   *
   * <p>Example: {@code NetworkRequests.receiveMessage(entry, socket, header.address(), 0, 0)}
   *
   * @param headerAddress of the header, into which the kernel writes lengths and flags; with all
   *     that it names the kernel's until the completion
   * @param messageFlags {@code MSG_*} bits
   * @param requestFlags {@link #POLL_FIRST} or zero
   */
  public static SubmissionEntry receiveMessage(
      SubmissionEntry entry, int fd, long headerAddress, int messageFlags, int requestFlags) {
    return entry
        .prepare(UringOperation.RECVMSG, fd, headerAddress, 1, 0)
        .operationFlags(messageFlags)
        .priorityBits(requestFlags);
  }
}
