package dev.uring;

import dev.uring.ring.BufferGroup;
import dev.uring.ring.MultishotRequests;
import dev.uring.ring.NetworkRequests;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.sys.SocketAddressBytes;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * Requests on messages, of a {@link URingContext}: datagrams, whose peers are named with each.
 * Results are counts of bytes, or minus an errno, also -EBADF, -ENOTSOCK, -ENOTCONN, -ECANCELED.
 */
public final class MessageRequests {
  private static final int MSG_TRUNC = 0x20;

  private final URingContext context;
  private final SubmitRing submit;

  MessageRequests(URingContext context, SubmitRing submit) {
    this.context = context;
    this.submit = submit;
  }

  /**
   * Sends the pieces of a list as one message to a peer, as {@code sendmsg(2)}, by {@code
   * context.sockets().messages().addSend(socket, list, address, 1)}. -EMSGSIZE if it is too long,
   * -ECONNREFUSED, -ENETUNREACH, -EISCONN. 5.3.
   *
   * @param to an {@link java.net.InetSocketAddress} that is resolved, or a {@link
   *     java.net.UnixDomainSocketAddress} of 1 to 107 bytes
   * @throws IllegalArgumentException if the address is of another kind, not resolved or too long,
   *     or the list is empty
   */
  public void addSend(Target socket, MemoryVector memory, SocketAddress to, long userData) {
    SocketAddressBytes peer = Addresses.of(to);
    int count = Transfers.checkedCount(memory);
    int place = submit.begin(socket, count, userData);
    try {
      InFlightRequest request = submit.hold(place);
      long message = request.message(memory, count);
      request.messageName(peer.address(), peer.length());
      request.retained = peer;
      NetworkRequests.sendMessage(
          submit.entry(), submit.fd(), message, NetworkRequests.MSG_NOSIGNAL);
    } catch (RuntimeException | Error e) {
      submit.abandon(place);
      throw e;
    }
    submit.end();
  }

  /**
   * Receives one message into the pieces of a list, and tells from whom, as {@code recvmsg(2)}, by
   * {@code context.sockets().messages().addReceive(socket, list, from, 1)}. The result counts what
   * the list had room for; what is beyond is lost. 5.3.
   *
   * @param from has it when the completion, which is no error, is handed over
   * @throws IllegalArgumentException if the list is empty, or memory of it is read-only
   */
  public void addReceive(
      Target socket, MemoryVector memory, Outcome<MessageOrigin> from, long userData) {
    Objects.requireNonNull(from, "from");
    if (!memory.isWritable()) {
      throw new IllegalArgumentException("a read-only buffer cannot be received into");
    }
    int count = Transfers.checkedCount(memory);
    SocketAddressBytes room = SocketAddressBytes.empty();
    int place = submit.begin(socket, count, userData);
    try {
      InFlightRequest request = submit.hold(place);
      long message = request.message(memory, count);
      request.checkWritable();
      request.messageName(room.address(), room.length());
      request.intercept = new Arrival(request, room, from);
      NetworkRequests.receiveMessage(submit.entry(), submit.fd(), message, 0, 0);
    } catch (RuntimeException | Error e) {
      submit.abandon(place);
      throw e;
    }
    submit.end();
  }

  /**
   * Receives messages again and again, each into one of these buffers, as {@code recvmsg(2)}, by
   * {@code context.sockets().messages().addReceiveEach(socket, buffers, 1)}. Each is a completion,
   * whose result counts the message and 144 bytes before it; {@link ReceivedDatagram#of} reads what
   * {@link ReceiveBuffers#take} gives. One whose flags say no MORE is the last: -ENOBUFS when all
   * are taken, -ECANCELED. Then add it again. 6.0.
   *
   * @param buffers of more than 144 bytes each
   * @throws IllegalStateException if the buffers are closed
   * @throws IllegalArgumentException if they are too small, or another context's
   */
  public void addReceiveEach(Target socket, ReceiveBuffers buffers, long userData) {
    BufferGroup group = buffers.group(context);
    Intercept receiver = buffers.receiver();
    if (buffers.size() <= ReceivedDatagram.HEAD) {
      throw new IllegalArgumentException(
          "a message needs more than "
              + ReceivedDatagram.HEAD
              + " bytes, which "
              + buffers
              + " have not");
    }
    MessageHeader header = new MessageHeader().name(0, ReceivedDatagram.NAME_ROOM);
    int place = submit.begin(socket, userData);
    InFlightRequest request = submit.hold(place);
    request.retained = header;
    request.intercept = receiver;
    MultishotRequests.receiveMessage(submit.entry(), submit.fd(), group, header, 0, 0);
    submit.end();
  }

  private record Arrival(
      InFlightRequest request, SocketAddressBytes room, Outcome<MessageOrigin> from)
      implements Intercept {
    @Override
    public long completed(int result, int flags) {
      if (result >= 0) {
        boolean truncated = (request.messageFlags() & MSG_TRUNC) != 0;
        from.set(new MessageOrigin(room.toInternet(), truncated));
      }
      return result;
    }
  }
}
