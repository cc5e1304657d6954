package dev.uring;

import dev.uring.ring.BufferGroup;
import dev.uring.ring.DestinationSlot;
import dev.uring.ring.MultishotRequests;
import dev.uring.ring.NetworkRequests;
import dev.uring.ring.ZeroCopyRequests;
import dev.uring.sys.SocketAddressBytes;
import java.net.ProtocolFamily;
import java.net.SocketAddress;

/**
 * Requests on sockets, of a {@link URingContext}. The rules of the context hold: threads, memory,
 * room, errors. Positions and lengths are in bytes; memory belongs to the kernel until the
 * completion.
 *
 * <p>Nothing here raises SIGPIPE: a broken connection is the result -EPIPE or -ECONNRESET. Others
 * are -EBADF, -ENOTSOCK, -ENOTCONN, -ECANCELED, and those of the man page.
 */
public final class SocketRequests {
  private static final int TO_THE_END = NetworkRequests.MSG_NOSIGNAL | NetworkRequests.MSG_WAITALL;

  private final SubmitRing submit;
  private final RequestSteps steps;
  private final URingContext context;
  private final MessageRequests messages;
  private final SocketOptionRequests options;

  SocketRequests(URingContext context, SubmitRing submit, RequestSteps steps) {
    this.context = context;
    this.submit = submit;
    this.steps = steps;
    this.messages = new MessageRequests(context, submit);
    this.options = new SocketOptionRequests(submit);
  }

  /** Messages, and whom they are from and to. */
  public MessageRequests messages() {
    return messages;
  }

  /** Options, and what waits in a socket's queues. */
  public SocketOptionRequests options() {
    return options;
  }

  /**
   * Makes a socket, as {@code socket(2)}, by {@code
   * context.sockets().addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, made, 1)}. The
   * result is zero, or with {@link FreeSlot} the slot, or -EAFNOSUPPORT, -ESOCKTNOSUPPORT, -EMFILE.
   * 5.19.
   *
   * @param family one of {@link java.net.StandardProtocolFamily}
   * @param into what a slot held before is let go; a descriptor is close-on-exec
   * @throws IllegalArgumentException if it is another family, or a slot of another context
   */
  public void addSocket(ProtocolFamily family, SocketKind kind, Destination into, long userData) {
    int domain = Addresses.domain(family);
    int type = kind.type();
    DestinationSlot slot = steps.slot(into);
    Intercept receiver = steps.receiver(into);
    int place = submit.begin(userData);
    if (slot == null) {
      NetworkRequests.socket(submit.entry(), domain, type, 0);
    } else {
      NetworkRequests.socket(submit.entry(), domain, type, 0, slot);
    }
    steps.receive(place, receiver);
    submit.end();
  }

  /**
   * Gives a socket its address, as {@code bind(2)}, by {@code context.sockets().addBind(socket, new
   * InetSocketAddress("127.0.0.1", 0), 1)}. Zero, or -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EINVAL
   * if it has one. 6.11.
   *
   * @param address an {@link java.net.InetSocketAddress} that is resolved, or a {@link
   *     java.net.UnixDomainSocketAddress} of 1 to 107 bytes
   * @throws IllegalArgumentException if the address is of another kind, not resolved, or too long
   */
  public void addBind(Target socket, SocketAddress address, long userData) {
    SocketAddressBytes bytes = Addresses.of(address);
    int place = submit.begin(socket, userData);
    submit.hold(place).retained = bytes;
    NetworkRequests.bind(submit.entry(), submit.fd(), bytes.address(), bytes.length());
    submit.end();
  }

  /**
   * Lets a socket take connections, as {@code listen(2)}, by {@code
   * context.sockets().addListen(socket, 128, 1)}. Zero, or -EADDRINUSE, -EINVAL for one that is
   * connected, -EOPNOTSUPP for one of datagrams. 6.11.
   *
   * @param backlog how many connections wait to be accepted, 1 or more
   * @throws IllegalArgumentException if the backlog is less than 1
   */
  public void addListen(Target socket, int backlog, long userData) {
    if (backlog < 1) {
      throw new IllegalArgumentException("backlog is less than 1: " + backlog);
    }
    submit.begin(socket, userData);
    NetworkRequests.listen(submit.entry(), submit.fd(), backlog);
    submit.end();
  }

  /**
   * Connects, as {@code connect(2)}, by {@code context.sockets().addConnect(socket, address, 1)}.
   * Zero when it is done, or -ECONNREFUSED, -ETIMEDOUT, -EISCONN, -ENOENT. 5.5.
   *
   * @param address as of {@link #addBind}
   * @throws IllegalArgumentException as of {@link #addBind}
   */
  public void addConnect(Target socket, SocketAddress address, long userData) {
    SocketAddressBytes bytes = Addresses.of(address);
    int place = submit.begin(socket, userData);
    submit.hold(place).retained = bytes;
    NetworkRequests.connect(submit.entry(), submit.fd(), bytes.address(), bytes.length());
    submit.end();
  }

  /**
   * Accepts one connection, as {@code accept4(2)}, by {@code context.sockets().addAccept(listener,
   * slot, 1)}. The result is zero, or with {@link FreeSlot} the slot, or -EINVAL if nobody listens
   * there or it was shut down, -EMFILE, -ENFILE, -ECONNABORTED. 5.5; into a slot 5.15.
   *
   * @param into what a slot held before is let go; a descriptor is close-on-exec
   * @throws IllegalArgumentException if it is a slot of another context
   */
  public void addAccept(Target listener, Destination into, long userData) {
    DestinationSlot slot = steps.slot(into);
    Intercept receiver = steps.receiver(into);
    int place = submit.begin(listener, userData);
    if (slot == null) {
      NetworkRequests.accept(submit.entry(), submit.fd());
    } else {
      NetworkRequests.accept(submit.entry(), submit.fd(), slot);
    }
    steps.receive(place, receiver);
    submit.end();
  }

  /**
   * Accepts connections again and again, as {@code accept4(2)}, by {@code
   * context.sockets().addAcceptEach(listener, made, 1)}. Each is a completion, as of {@link
   * #addAccept}; one whose flags say no MORE is the last, such as -ENFILE when no slot is free, or
   * -ECANCELED. Cancel it, or shut the listener down, to end it. 5.19.
   *
   * @param into {@link NewDescriptors}, or {@link FreeSlot}
   * @throws IllegalArgumentException if it is one slot
   */
  public void addAcceptEach(Target listener, Destination into, long userData) {
    if (into instanceof FixedFile) {
      throw new IllegalArgumentException(
          "one slot cannot take connections one after the other: use FreeSlot.ANY");
    }
    DestinationSlot slot = steps.slot(into);
    Intercept receiver = steps.receiver(into);
    int place = submit.begin(listener, userData);
    if (slot == null) {
      MultishotRequests.accept(submit.entry(), submit.fd());
    } else {
      MultishotRequests.acceptIntoSlots(submit.entry(), submit.fd());
    }
    steps.receive(place, receiver);
    submit.end();
  }

  /**
   * Receives what is there, at most {@code length} bytes, as {@code recv(2)}, by {@code
   * context.sockets().addReceive(socket, memory, 0, 4096, 1)}. The result is the count of bytes,
   * zero when the peer will send no more. 5.6.
   *
   * @throws IndexOutOfBoundsException if the range does not lie in the memory
   * @throws IllegalArgumentException if the memory is read-only
   */
  public void addReceive(
      Target socket, NativeMemory memory, int position, int length, long userData) {
    receive(socket, memory, position, length, 0, userData);
  }

  /**
   * Receives {@code length} bytes, all of them, by {@code context.sockets().addReceiveAll(socket,
   * memory, 0, 28, 1)}: fewer only if the connection ends or fails meanwhile. 5.6.
   *
   * @throws IndexOutOfBoundsException if the range does not lie in the memory
   * @throws IllegalArgumentException if the memory is read-only
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
    submit.end();
  }

  /**
   * Receives what is there into one of these buffers, once, as {@code recv(2)}, by {@code
   * context.sockets().addReceive(socket, buffers, 1)}. The result is the count of bytes; the flags
   * are for {@link ReceiveBuffers#take}. -ENOBUFS if all are taken. 5.19.
   *
   * @throws IllegalStateException if the buffers are closed
   * @throws IllegalArgumentException if they are another context's
   */
  public void addReceive(Target socket, ReceiveBuffers buffers, long userData) {
    BufferGroup group = buffers.group(context);
    Intercept receiver = buffers.receiver();
    int place = submit.begin(socket, userData);
    submit.hold(place).intercept = receiver;
    NetworkRequests.receive(submit.entry(), submit.fd(), 0, 0, 0, 0).buffers(group);
    submit.end();
  }

  /**
   * Receives again and again, each time into one of these buffers, as {@code recv(2)}, by {@code
   * context.sockets().addReceiveEach(socket, buffers, 1)}. Each is a completion, as of {@link
   * #addReceive(Target, ReceiveBuffers, long)}; one whose flags say no MORE is the last: zero at
   * the end of the stream, -ENOBUFS when all are taken, -ECANCELED. Then add it again. 6.0.
   *
   * @throws IllegalStateException if the buffers are closed
   * @throws IllegalArgumentException if they are another context's
   */
  public void addReceiveEach(Target socket, ReceiveBuffers buffers, long userData) {
    BufferGroup group = buffers.group(context);
    Intercept receiver = buffers.receiver();
    int place = submit.begin(socket, userData);
    submit.hold(place).intercept = receiver;
    MultishotRequests.receive(submit.entry(), submit.fd(), group, 0, 0);
    submit.end();
  }

  /**
   * Sends a piece of memory, all of it, as {@code send(2)}, by {@code
   * context.sockets().addSend(socket, memory, 0, 4096, 1)}: fewer only if the connection fails
   * meanwhile. The result is the count of bytes. 5.6; that it goes on after a part 5.19.
   *
   * @throws IndexOutOfBoundsException if the range does not lie in the memory
   */
  public void addSend(Target socket, NativeMemory memory, int position, int length, long userData) {
    long address = memory.addressOf(position, length);
    int place = submit.begin(socket, userData);
    submit.hold(place).retained = memory;
    NetworkRequests.send(submit.entry(), submit.fd(), address, length, TO_THE_END);
    submit.end();
  }

  /**
   * As {@link #addSend}, without copying, where the socket and the network device can, by {@code
   * context.sockets().addSendZeroCopy(socket, memory, 0, 65536, 1)}. Two completions: the first has
   * the result; if its flags say MORE, another follows when nobody reads the memory any more, with
   * {@link dev.uring.ring.CompletionFlags#NOTIFICATION} and the result zero. Until then it must not
   * be changed, or the peer gets the change. -EOPNOTSUPP for a Unix-domain socket. 6.0.
   *
   * <p>A peer that does not read holds the memory, the socket's number and the context's {@link
   * URingContext#close} up until its connection ends: cancelling does not help. For peers that are
   * not trusted set a limit, {@code TCP_USER_TIMEOUT} of {@code tcp(7)}, or let it be copied.
   *
   * @throws IndexOutOfBoundsException if the range does not lie in the memory
   */
  public void addSendZeroCopy(
      Target socket, NativeMemory memory, int position, int length, long userData) {
    long address = memory.addressOf(position, length);
    int place = submit.begin(socket, userData);
    submit.hold(place).retained = memory;
    ZeroCopyRequests.send(submit.entry(), submit.fd(), address, length, TO_THE_END, 0);
    submit.end();
  }

  /**
   * Sends the pieces of a list, in order, all of them, as {@code sendmsg(2)}, by {@code
   * context.sockets().addSendv(socket, list, 1)}: fewer only if the connection fails meanwhile. The
   * result is the count of bytes. 5.3; that it goes on after a part 5.19.
   *
   * @throws IllegalArgumentException if the list is empty
   */
  public void addSendv(Target socket, MemoryVector memory, long userData) {
    int count = Transfers.checkedCount(memory);
    int place = submit.begin(socket, count, userData);
    try {
      NetworkRequests.sendMessage(
          submit.entry(), submit.fd(), submit.hold(place).message(memory, count), TO_THE_END);
    } catch (RuntimeException | Error e) {
      submit.abandon(place);
      throw e;
    }
    submit.end();
  }

  /**
   * Ends both directions of a connection, as {@code shutdown(2)}, by {@code
   * context.sockets().addShutdown(socket, 1)}. Zero, or -ENOTCONN. 5.11.
   */
  public void addShutdown(Target socket, long userData) {
    addShutdown(socket, SocketDirection.BOTH, userData);
  }

  /**
   * Ends one or both directions of a connection, as {@code shutdown(2)}, by {@code
   * context.sockets().addShutdown(socket, SocketDirection.SEND, 1)}. Zero, or -ENOTCONN. 5.11.
   */
  public void addShutdown(Target socket, SocketDirection direction, long userData) {
    int how = direction.how();
    submit.begin(socket, userData);
    NetworkRequests.shutdown(submit.entry(), submit.fd(), how);
    submit.end();
  }
}
