package dev.uring;

import dev.uring.ring.DestinationSlot;
import dev.uring.ring.FileSlot;
import dev.uring.ring.NetworkRequests;

/**
 * Requests on sockets, of a {@link URingContext}. The rules of the context hold: threads, memory,
 * room.
 *
 * <p>Nothing here raises SIGPIPE: a broken connection is the result -EPIPE or -ECONNRESET.
 */
public final class SocketRequests {
  private final URingContext context;
  private final SubmitRing submit;

  SocketRequests(URingContext context, SubmitRing submit) {
    this.context = context;
    this.submit = submit;
  }

  /**
   * Accepts one connection into a slot of the file table; the result is zero. What the slot held
   * before is let go. 5.15.
   */
  public void addAccept(Target listener, FixedFile slot, long userData) {
    if (slot.context() != context) {
      throw new IllegalArgumentException(slot + " is a slot of another context");
    }
    int place = submit.begin(listener, userData);
    DestinationSlot destination = DestinationSlot.of(new FileSlot(slot.slot()));
    NetworkRequests.accept(submit.entry(), submit.fd(), destination);
    submit.end(place, RequestOptions.NONE);
  }

  /**
   * Receives what is there, at most {@code length} bytes. The result is the count of bytes, zero
   * when the peer will send no more.
   */
  public void addReceive(
      Target socket, NativeMemory memory, int position, int length, long userData) {
    receive(socket, memory, position, length, 0, userData);
  }

  /**
   * Receives {@code length} bytes, all of them: fewer only if the connection ends or fails
   * meanwhile.
   */
  public void addReceiveAll(
      Target socket, NativeMemory memory, int position, int length, long userData) {
    receive(socket, memory, position, length, NetworkRequests.MSG_WAITALL, userData);
  }

  private void receive(
      Target socket, NativeMemory memory, int position, int length, int flags, long userData) {
    long address = memory.addressOf(position, length);
    memory.checkWritable();
    int place = submit.begin(socket, userData);
    submit.hold(place).retained = memory;
    NetworkRequests.receive(submit.entry(), submit.fd(), address, length, flags, 0);
    submit.end(place, RequestOptions.NONE);
  }

  /**
   * Sends the pieces of a list, in order, all of them: fewer only if the connection fails
   * meanwhile. The result is the count of bytes.
   */
  public void addSendv(Target socket, MemoryVector memory, long userData) {
    int flags = NetworkRequests.MSG_NOSIGNAL | NetworkRequests.MSG_WAITALL;
    int count = Transfers.checkedCount(memory);
    int place = submit.begin(socket, count, userData);
    try {
      NetworkRequests.sendMessage(
          submit.entry(), submit.fd(), submit.hold(place).message(memory, count), flags);
    } catch (RuntimeException e) {
      submit.abandon(place);
      throw e;
    }
    submit.end(place, RequestOptions.NONE);
  }

  /** Ends both directions of a connection; the result is zero. 5.11. */
  public void addShutdown(Target socket, long userData) {
    int place = submit.begin(socket, userData);
    NetworkRequests.shutdown(submit.entry(), submit.fd(), SHUT_RDWR);
    submit.end(place, RequestOptions.NONE);
  }

  private static final int SHUT_RDWR = 2;
}
