package dev.uring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.CompletionFlags;
import dev.uring.sys.Accepting;
import dev.uring.sys.Errno;
import dev.uring.sys.SocketCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests on sockets; the peer is always one of the JDK's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketRequestsTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path directory;
  private URingContext context;
  private SocketRequests sockets;

  @BeforeEach
  void open() {
    context = URingContext.create(16);
    sockets = context.sockets();
  }

  @AfterEach
  void close() {
    assertThat(context.inFlight()).isZero();
    context.close();
  }

  private int result() {
    return Contexts.result(context);
  }

  private Descriptor socket(SocketKind kind) {
    NewDescriptors made = new NewDescriptors();
    sockets.addSocket(StandardProtocolFamily.INET, kind, made, 1);
    assertThat(result()).isZero();
    return made.take();
  }

  private static NativeMemory text(String text) {
    return Contexts.memory(text.getBytes(US_ASCII));
  }

  private static String text(NativeMemory memory, int length) {
    byte[] bytes = new byte[length];
    memory.buffer().get(0, bytes);
    return new String(bytes, US_ASCII);
  }

  private static String read(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      assertThat(bytes.position()).isPositive();
    }
    return new String(bytes.array(), 0, bytes.position(), US_ASCII);
  }

  /** A connection: one end for the context, the other for the JDK. */
  private record Connection(Descriptor end, SocketChannel peer) implements AutoCloseable {
    static Connection open() throws IOException {
      try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1)) {
        SocketChannel peer = SocketChannel.open(Sockets.boundAddress(listener));
        int number = Accepting.accept(listener.acquire());
        listener.release();
        return new Connection(Descriptor.own(number, "accepted"), peer);
      }
    }

    void send(String text) throws IOException {
      peer.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    @Override
    public void close() throws IOException {
      end.close();
      peer.close();
    }
  }

  @Test
  void a_socket_is_made_bound_listens_and_accepts() throws Exception {
    try (Descriptor listener = socket(SocketKind.STREAM);
        NewDescriptors made = new NewDescriptors()) {
      assertThat(OpenDescriptors.closesOnExec(listener)).isTrue();
      sockets.addBind(listener, ANY_PORT, 1);
      assertThat(result()).isZero();
      sockets.addListen(listener, 4, 1);
      assertThat(result()).isZero();
      assertThat(DescriptorSocket.isListening(listener)).isTrue();
      sockets.addAccept(listener, made, 2);
      try (SocketChannel client = SocketChannel.open(Sockets.boundAddress(listener))) {
        assertThat(Contexts.take(context, 1)).containsExactly("2:0");
        try (Descriptor accepted = made.take()) {
          assertThat(OpenDescriptors.closesOnExec(accepted)).isTrue();
          NativeMemory hello = text("hello");
          sockets.addSend(accepted, hello, 1, 4, 3);
          assertThat(result()).isEqualTo(4);
          assertThat(read(client, 4)).isEqualTo("ello");
        }
      }
    }
  }

  @Test
  void a_socket_connects_and_a_refused_one_says_so() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Descriptor client = socket(SocketKind.STREAM)) {
      sockets.addConnect(client, server.getLocalSocketAddress(), 1);
      assertThat(result()).isZero();
      try (Socket accepted = server.accept()) {
        accepted.getOutputStream().write('x');
        NativeMemory memory = NativeMemory.allocate(4);
        sockets.addReceive(client, memory, 2, 2, 1);
        assertThat(result()).isOne();
        assertThat(memory.buffer().get(2)).isEqualTo((byte) 'x');
      }
    }
    InetSocketAddress nobody;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = (InetSocketAddress) gone.getLocalSocketAddress();
    }
    try (Descriptor client = socket(SocketKind.STREAM)) {
      sockets.addConnect(client, nobody, 1);
      assertThat(result()).isEqualTo(-Errno.ECONNREFUSED);
    }
  }

  @Test
  void a_name_in_the_file_system_is_an_address_too() throws Exception {
    SocketAddress address = UnixDomainSocketAddress.of(directory.resolve("socket"));
    FixedFile[] slots = context.registerFiles(3);
    sockets.addSocket(StandardProtocolFamily.UNIX, SocketKind.STREAM, slots[0], 1);
    assertThat(result()).isZero();
    sockets.addBind(slots[0], address, 1);
    assertThat(result()).isZero();
    assertThat(directory.resolve("socket")).exists();
    sockets.addListen(slots[0], 1, 1);
    assertThat(result()).isZero();
    sockets.addSocket(StandardProtocolFamily.UNIX, SocketKind.STREAM, FreeSlot.ANY, 1);
    int chosen = result();
    assertThat(chosen).isIn(1, 2);
    sockets.addConnect(slots[chosen], address, 1);
    assertThat(result()).isZero();
    sockets.addAccept(slots[0], slots[3 - chosen], 1);
    assertThat(result()).isZero();
    sockets.addSend(slots[chosen], text("ab"), 0, 2, 1);
    assertThat(result()).isEqualTo(2);
    NativeMemory memory = NativeMemory.allocate(2);
    sockets.addReceiveAll(slots[3 - chosen], memory, 0, 2, 1);
    assertThat(result()).isEqualTo(2);
    assertThat(text(memory, 2)).isEqualTo("ab");
  }

  @Test
  void connections_come_one_after_the_other_until_that_is_cancelled() throws Exception {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 8);
        NewDescriptors made = new NewDescriptors()) {
      sockets.addAcceptEach(listener, made, 7);
      context.submit();
      List<SocketChannel> clients = new ArrayList<>();
      int[] accepted = {0};
      for (int round = 1; round <= 5; round++) {
        clients.add(SocketChannel.open(Sockets.boundAddress(listener)));
        context.await(
            1,
            (userData, result, flags) -> {
              assertThat(userData).isEqualTo(7);
              assertThat(result).isZero();
              assertThat(flags & CompletionFlags.MORE).isNotZero();
              made.take().close();
              accepted[0]++;
            });
        assertThat(accepted[0]).isEqualTo(round);
        assertThat(clients.get(round - 1).read(ByteBuffer.allocate(1)))
            .as("its end was taken and closed")
            .isEqualTo(-1);
      }
      assertThat(context.inFlight()).isOne();
      context.asyncCancel(7, 8);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("7:" + -Errno.ECANCELED, "8:0");
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  @Test
  void connections_come_into_free_slots_until_there_is_none() throws Exception {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 8)) {
      FixedFile[] slots = context.registerFiles(2, listener);
      sockets.addAcceptEach(slots[0], FreeSlot.ANY, 7);
      try (SocketChannel first = SocketChannel.open(Sockets.boundAddress(listener));
          SocketChannel second = SocketChannel.open(Sockets.boundAddress(listener));
          SocketChannel third = SocketChannel.open(Sockets.boundAddress(listener))) {
        List<String> seen = new ArrayList<>();
        context.await(
            3,
            (userData, result, flags) ->
                seen.add(result + (CompletionFlags.isLast(flags) ? " last" : " more")));
        assertThat(seen).containsExactlyInAnyOrder("1 more", "2 more", -Errno.ENFILE + " last");
        sockets.addSend(slots[1], text("1"), 0, 1, 1);
        sockets.addSend(slots[2], text("2"), 0, 1, 1);
        assertThat(Contexts.take(context, 2)).containsExactly("1:1", "1:1");
        assertThat(List.of(read(first, 1), read(second, 1))).containsExactlyInAnyOrder("1", "2");
        assertThat(third.isConnected()).isTrue();
      }
    }
  }

  @Test
  void a_context_that_closes_ends_its_accepting_and_leaves_no_connection() {
    OpenDescriptors.mustNotLeak(
        100,
        () -> {
          try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 8);
              SocketChannel client = SocketChannel.open(Sockets.boundAddress(listener));
              NewDescriptors made = new NewDescriptors()) {
            URingContext other = URingContext.create(4);
            other.sockets().addAcceptEach(listener, made, 1);
            other.submit();
            other.close();
            assertThat(made.isEmpty()).isTrue();
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
          } catch (IOException e) {
            // The connection was closed without being read, which is what was to be shown.
            assertThat(e).hasMessageContaining("reset");
          }
        });
  }

  @Test
  void one_direction_ends_and_not_the_other() throws Exception {
    try (Connection connection = Connection.open()) {
      sockets.addShutdown(connection.end(), SocketDirection.SEND, 1);
      assertThat(result()).isZero();
      assertThat(connection.peer().read(ByteBuffer.allocate(1))).isEqualTo(-1);
      connection.send("still");
      NativeMemory memory = NativeMemory.allocate(5);
      sockets.addReceiveAll(connection.end(), memory, 0, 5, 1);
      assertThat(result()).isEqualTo(5);
      sockets.addShutdown(connection.end(), SocketDirection.RECEIVE, 1);
      assertThat(result()).isZero();
      sockets.addReceive(connection.end(), memory, 0, 5, 1);
      assertThat(result()).isZero();
      sockets.addSend(connection.end(), memory, 0, 5, 1);
      assertThat(result()).as("and no signal").isEqualTo(-Errno.EPIPE);
    }
  }

  @Test
  void a_send_without_copying_completes_twice_and_holds_its_memory_until_then() throws Exception {
    try (Connection connection = Connection.open()) {
      sockets.addSendZeroCopy(connection.end(), text("zero"), 0, 4, 9);
      List<String> seen = new ArrayList<>();
      while (context.inFlight() > 0) {
        context.await(
            1,
            (userData, result, flags) -> {
              boolean notified = (flags & CompletionFlags.NOTIFICATION) != 0;
              seen.add(userData + ":" + result + (notified ? " given back" : ""));
              assertThat(CompletionFlags.isLast(flags)).isEqualTo(notified);
            });
      }
      assertThat(seen).containsExactly("9:4", "9:0 given back");
      assertThat(read(connection.peer(), 4)).isEqualTo("zero");
    }
  }

  @Test
  void messages_go_to_whom_they_are_sent_and_tell_where_they_are_from() throws Exception {
    try (DatagramChannel peer = DatagramChannel.open().bind(ANY_PORT);
        Descriptor socket = socket(SocketKind.DATAGRAM)) {
      sockets.addBind(socket, ANY_PORT, 1);
      assertThat(result()).isZero();
      MemoryVector list = new MemoryVector();
      NativeMemory memory = text("world, hello");
      list.add(memory, 7, 5).add(memory, 5, 2).add(memory, 0, 5);
      sockets.messages().addSend(socket, list, peer.getLocalAddress(), 1);
      assertThat(result()).isEqualTo(12);
      ByteBuffer received = ByteBuffer.allocate(20);
      assertThat(peer.receive(received)).isEqualTo(Sockets.boundAddress(socket));
      assertThat(new String(received.array(), 0, received.position(), US_ASCII))
          .isEqualTo("hello, world");

      Outcome<MessageOrigin> origin = new Outcome<>();
      NativeMemory room = NativeMemory.allocate(4);
      MemoryVector pieces = new MemoryVector().add(room, 2, 2).add(room, 0, 1);
      sockets.messages().addReceive(socket, pieces, origin, 2);
      peer.send(ByteBuffer.wrap("abc".getBytes(US_ASCII)), Sockets.boundAddress(socket));
      assertThat(Contexts.take(context, 1)).containsExactly("2:3");
      assertThat(text(room, 4)).isEqualTo("c\0ab");
      assertThat(origin.get()).isEqualTo(new MessageOrigin(local(peer), false));
      sockets.messages().addReceive(socket, pieces, origin, 2);
      peer.send(ByteBuffer.wrap("abcd".getBytes(US_ASCII)), Sockets.boundAddress(socket));
      assertThat(Contexts.take(context, 1)).containsExactly("2:3");
      assertThat(origin.get()).isEqualTo(new MessageOrigin(local(peer), true));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void messages_come_one_after_the_other_each_with_its_sender(boolean versionSix) throws Exception {
    StandardProtocolFamily family =
        versionSix ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    InetAddress loopback = InetAddress.getByName(versionSix ? "::1" : "127.0.0.1");
    assumeTrue(
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .anyMatch(loopback::equals),
        "skipped: no IPv6 loopback address");
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 2, 144 + 8);
    NewDescriptors made = new NewDescriptors();
    sockets.addSocket(family, SocketKind.DATAGRAM, made, 1);
    assertThat(result()).isZero();
    try (Descriptor socket = made.take();
        DatagramChannel one = datagrams(family, loopback);
        DatagramChannel other = datagrams(family, loopback)) {
      sockets.addBind(socket, new InetSocketAddress(loopback, 0), 1);
      assertThat(result()).isZero();
      sockets.messages().addReceiveEach(socket, buffers, 5);
      context.submit();
      for (DatagramChannel peer : List.of(one, other, one)) {
        peer.send(ByteBuffer.wrap("message".getBytes(US_ASCII)), Sockets.boundAddress(socket));
        assertThat(datagram(buffers)).isEqualTo(local(peer) + " message");
      }
      other.send(
          ByteBuffer.wrap("too long a message".getBytes(US_ASCII)), Sockets.boundAddress(socket));
      assertThat(datagram(buffers)).isEqualTo(local(other) + " too long...");
      assertThat(context.inFlight()).isOne();
      context.asyncCancel(5, 6);
      assertThat(Contexts.take(context, 2)).hasSize(2);
    }
  }

  private static DatagramChannel datagrams(StandardProtocolFamily family, InetAddress address)
      throws IOException {
    return DatagramChannel.open(family).bind(new InetSocketAddress(address, 0));
  }

  /** The next one, which is not the last. */
  private String datagram(ReceiveBuffers buffers) {
    StringBuilder told = new StringBuilder();
    context.await(
        1,
        (userData, result, flags) -> {
          assertThat(CompletionFlags.isLast(flags)).isFalse();
          try (ReceivedBytes received = buffers.take(flags)) {
            ReceivedDatagram datagram = ReceivedDatagram.of(received);
            told.append(datagram.sender()).append(' ');
            told.append(US_ASCII.decode(datagram.payload().duplicate()));
            told.append(datagram.truncated() ? "..." : "");
          }
        });
    return told.toString();
  }

  private static InetSocketAddress local(DatagramChannel channel) throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  @Test
  void a_message_on_a_connection_is_from_nobody() throws Exception {
    try (Connection connection = Connection.open()) {
      connection.send("abc");
      Outcome<MessageOrigin> origin = new Outcome<>();
      NativeMemory room = NativeMemory.allocate(4);
      sockets.messages().addReceive(connection.end(), Contexts.vector(room), origin, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:3");
      assertThat(origin.get()).isEqualTo(new MessageOrigin(null, false));
    }
  }

  @Test
  void options_that_take_a_descriptors_number_or_have_no_length_are_refused() throws Exception {
    try (Connection connection = Connection.open()) {
      for (int attach : new int[] {50, 52}) {
        assertThatThrownBy(() -> sockets.options().addSet(connection.end(), 1, attach, 0, 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("descriptor's number");
      }
      assertThatThrownBy(() -> sockets.options().addGet(connection.end(), 26, new Outcome<>(), 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("SO_GET_FILTER");
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void an_option_that_is_a_new_descriptor_is_refused() throws Exception {
    int peerProcess = 77;
    try (Descriptor socket = Descriptor.eventFd(0)) {
      assertThatThrownBy(() -> sockets.options().addGet(socket, peerProcess, new Outcome<>(), 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("descriptor");
    }
    assertThat(context.counters().added()).isZero();
  }

  @Test
  void options_are_set_and_read_and_queues_are_told() throws Exception {
    int broadcast = 6;
    try (Connection connection = Connection.open()) {
      Outcome<Integer> value = new Outcome<>();
      SocketOptionRequests options = sockets.options();
      options.addGet(connection.end(), broadcast, value, 1);
      assertThat(result()).isEqualTo(4);
      assertThat(value.get()).isZero();
      options.addSet(connection.end(), 1, broadcast, 1, 1);
      assertThat(result()).isZero();
      int number = connection.end().acquire();
      assertThat(SocketCalls.getsockopt(number, 1, broadcast)).isOne();
      connection.end().release();
      options.addGet(connection.end(), broadcast, value, 1);
      assertThat(result()).isEqualTo(4);
      assertThat(value.get()).isOne();

      options.addReceivable(connection.end(), 1);
      assertThat(result()).isZero();
      connection.send("four");
      context.addPollFd(connection.end(), 1, 1);
      assertThat(result()).isOne();
      options.addReceivable(connection.end(), 1);
      assertThat(result()).isEqualTo(4);
      options.addUnsent(connection.end(), 1);
      assertThat(result()).isZero();
    }
  }

  @Test
  void what_makes_no_sense_is_refused() {
    NativeMemory memory = NativeMemory.allocate(8);
    NativeMemory readOnly = NativeMemory.of(memory.buffer().asReadOnlyBuffer());
    Outcome<MessageOrigin> origin = new Outcome<>();
    SocketAddress other = new SocketAddress() {};
    try (Descriptor socket = Sockets.pair().get(0);
        URingContext foreign = URingContext.create(2)) {
      FixedFile slot = foreign.registerFiles(1)[0];
      Path longest = directory.resolve("x".repeat(108));
      MessageRequests messages = sockets.messages();
      ReceiveBuffers small = ReceiveBuffers.register(context, 1, 144);
      for (Runnable use :
          List.<Runnable>of(
              () -> sockets.addListen(socket, 0, 1),
              () -> sockets.addBind(socket, other, 1),
              () -> sockets.addBind(socket, UnixDomainSocketAddress.of(longest), 1),
              () -> sockets.addConnect(socket, UnixDomainSocketAddress.of(""), 1),
              () ->
                  sockets.addConnect(
                      socket, InetSocketAddress.createUnresolved("nowhere.invalid", 1), 1),
              () -> sockets.addAccept(socket, slot, 1),
              () -> sockets.addAcceptEach(socket, slot, 1),
              () -> sockets.addSocket(() -> "other", SocketKind.STREAM, FreeSlot.ANY, 1),
              () -> sockets.addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, slot, 1),
              () -> messages.addReceive(socket, Contexts.vector(readOnly), origin, 1),
              () -> messages.addReceive(socket, new MemoryVector(), origin, 1),
              () -> messages.addReceiveEach(socket, small, 1),
              () -> messages.addSend(socket, new MemoryVector(), ANY_PORT, 1),
              () -> messages.addSend(socket, Contexts.vector(memory), other, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
      }
      for (Runnable use :
          List.<Runnable>of(
              () -> sockets.addSend(socket, memory, 4, 5, 1),
              () -> sockets.addSend(socket, memory, -1, 5, 1),
              () -> sockets.addSendZeroCopy(socket, memory, 0, 9, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(IndexOutOfBoundsException.class);
      }
      for (Runnable use :
          List.<Runnable>of(
              () -> sockets.addBind(socket, null, 1),
              () -> sockets.addSocket(null, SocketKind.STREAM, FreeSlot.ANY, 1),
              () -> sockets.addSocket(StandardProtocolFamily.INET, null, FreeSlot.ANY, 1),
              () -> sockets.addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, null, 1),
              () -> sockets.addAccept(socket, null, 1),
              () -> sockets.addAcceptEach(null, FreeSlot.ANY, 1),
              () -> sockets.addShutdown(socket, null, 1),
              () -> sockets.addReceiveEach(socket, null, 1),
              () -> sockets.options().addGet(socket, 1, null, 1),
              () -> messages.addReceive(socket, Contexts.vector(memory), null, 1),
              () -> messages.addSend(socket, Contexts.vector(memory), null, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(NullPointerException.class);
      }
    }
    assertThat(context.counters().added()).isZero();
  }

  @Test
  void a_context_of_slots_only_makes_and_uses_sockets_in_slots() throws Exception {
    URingAllowlist allowlist =
        URingAllowlist.builder()
            .allow(
                UringOperation.SOCKET,
                UringOperation.CONNECT,
                UringOperation.SEND,
                UringOperation.SHUTDOWN)
            .requireFlags(EntryFlag.FIXED_FILE)
            .build();
    try (URingContext restricted = URingContext.builder(4).allowlist(allowlist).disabled().build();
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      FixedFile slot = restricted.registerFiles(1)[0];
      restricted.enable();
      restricted.sockets().addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, slot, 1);
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:0");
      restricted.sockets().addConnect(slot, server.getLocalSocketAddress(), 2);
      assertThat(Contexts.take(restricted, 1)).containsExactly("2:0");
      restricted.sockets().addSend(slot, text("x"), 0, 1, 3);
      restricted.sockets().addReceive(slot, NativeMemory.allocate(1), 0, 1, 4);
      assertThat(Contexts.take(restricted, 2))
          .containsExactlyInAnyOrder("3:1", "4:" + -Errno.EACCES);
      try (Socket accepted = server.accept()) {
        assertThat(accepted.getInputStream().read()).isEqualTo('x');
      }
    }
  }
}
