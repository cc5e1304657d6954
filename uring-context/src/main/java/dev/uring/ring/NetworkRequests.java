package dev.uring.ring;

import dev.uring.allowlist.UringOperation;

/**
 * Requests on sockets.
 *
 * <p>{@code fd} is a descriptor, or a slot of the file table if the entry gets {@link
 * SubmissionEntry#fixedFile}. Memory is the kernel's until the completion. Results are counts of
 * bytes, zero when the peer has ended its side, or minus an errno.
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

  private static final int SOCK_CLOEXEC = 02000000;

  private NetworkRequests() {}

  /**
   * Accepts a connection into a slot of the file table; the result is zero. What the slot held is
   * let go. 5.15, as {@code accept4(2)}.
   *
   * @param slot the slot's number
   */
  public static SubmissionEntry acceptIntoSlot(SubmissionEntry entry, int fd, int slot) {
    // Close-on-exec means nothing for a slot, and the kernel refuses it there.
    return entry.prepare(UringOperation.ACCEPT, fd, 0, 0, 0).fileIndex(slot + 1);
  }

  /** Accepts a connection as a new descriptor, the result; close-on-exec. 5.5. */
  public static SubmissionEntry accept(SubmissionEntry entry, int fd) {
    return entry.prepare(UringOperation.ACCEPT, fd, 0, 0, 0).operationFlags(SOCK_CLOEXEC);
  }

  /**
   * Receives, as {@code recv(2)}. 5.6.
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

  /** Sends, as {@code send(2)}. 5.6. */
  public static SubmissionEntry send(
      SubmissionEntry entry, int fd, long address, int length, int messageFlags) {
    return entry.prepare(UringOperation.SEND, fd, address, length, 0).operationFlags(messageFlags);
  }

  /**
   * Sends what a {@code struct msghdr} names, as {@code sendmsg(2)}. 5.3.
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

  /** Ends one or both directions, as {@code shutdown(2)}. 5.11. */
  public static SubmissionEntry shutdown(SubmissionEntry entry, int fd, int how) {
    return entry.prepare(UringOperation.SHUTDOWN, fd, 0, how, 0);
  }
}
