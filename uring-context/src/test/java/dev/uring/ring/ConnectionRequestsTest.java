package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How sockets come to be connected, with the JDK's at the other end. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionRequestsTest {
  private static final int STREAM = 1;
  private static final int CLOSE_ON_EXEC = 0x80000;

  @Parameter RingKind kind;
  @TempDir Path directory;

  private static void write(Ring ring, int fd, String text) {
    ByteBuffer memory = Native.ascii(text);
    FileRequests.write(Queues.next(ring), fd, NativeAddress.of(memory), memory.capacity(), -1);
    assertThat(Queues.result(ring)).isEqualTo(memory.capacity());
  }

  private static String read(SocketChannel channel) throws IOException {
    ByteBuffer memory = ByteBuffer.allocate(64);
    int count = channel.read(memory);
    return count < 0 ? "the end" : Native.text(memory, 0, count);
  }

  @Test
  @Shows({UringOperation.SOCKET, UringOperation.BIND, UringOperation.LISTEN, UringOperation.ACCEPT})
  void a_socket_is_made_named_and_takes_connections() throws IOException {
    Path path = directory.resolve("socket");
    ByteBuffer address = SocketAddresses.unix(path);
    try (Ring ring = kind.open(UringOperation.BIND, UringOperation.LISTEN);
        OpenFiles files = new OpenFiles()) {
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_UNIX, STREAM, 0);
      int listener = files.opened(Queues.result(ring));
      assertThat(FileCalls.fcntl(listener, FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
      NetworkRequests.bind(
          Queues.next(ring), listener, NativeAddress.of(address), address.capacity());
      assertThat(Queues.result(ring)).isZero();
      assertThat(path).exists();
      NetworkRequests.listen(Queues.next(ring), listener, 1);
      assertThat(Queues.result(ring)).isZero();
      NetworkRequests.accept(Queues.next(ring), listener);
      assertThat(ring.submit()).isEqualTo(1);
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        int accepted = files.opened(Queues.result(ring));
        assertThat(FileCalls.fcntl(accepted, FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
        write(ring, accepted, "welcome");
        assertThat(read(client)).isEqualTo("welcome");
      }
    }
  }

  @Test
  @Shows({UringOperation.SOCKET, UringOperation.LISTEN})
  void the_kind_of_socket_is_what_was_asked_for() {
    try (Ring ring = kind.open(UringOperation.LISTEN);
        OpenFiles files = new OpenFiles()) {
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, /* SOCK_DGRAM */ 2, 17);
      int datagrams = files.opened(Queues.result(ring));
      NetworkRequests.listen(Queues.next(ring), datagrams, 1);
      assertThat(Queues.result(ring)).as("datagrams").isEqualTo(-Errno.EOPNOTSUPP);
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, STREAM, 17);
      assertThat(Queues.result(ring)).as("EPROTONOSUPPORT").isEqualTo(-93);
      NetworkRequests.socket(Queues.next(ring), 999, STREAM, 0);
      assertThat(Queues.result(ring)).as("EAFNOSUPPORT").isEqualTo(-97);
    }
  }

  @Test
  @Shows({UringOperation.SOCKET, UringOperation.CONNECT})
  void a_socket_in_a_slot_connects() throws IOException {
    try (Ring ring = kind.open();
        ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      ByteBuffer address = SocketAddresses.loopback(port);
      ring.registrar().files().registerSparse(4);
      FileSlot third = new FileSlot(2);
      NetworkRequests.socket(
          Queues.next(ring), SocketAddresses.AF_INET, STREAM, 6, DestinationSlot.of(third));
      assertThat(Queues.result(ring)).isZero();
      NetworkRequests.connect(
              Queues.next(ring), -1, NativeAddress.of(address), SocketAddresses.INTERNET_BYTES)
          .on(third);
      assertThat(Queues.result(ring)).isZero();
      ByteBuffer text = Native.ascii("from a slot");
      try (SocketChannel accepted = server.accept()) {
        NetworkRequests.send(Queues.next(ring), -1, NativeAddress.of(text) + 5, 6, 0).on(third);
        assertThat(Queues.result(ring)).isEqualTo(6);
        assertThat(read(accepted)).isEqualTo("a slot");
      }
      assertThatThrownBy(
              () ->
                  NetworkRequests.socket(
                      Queues.next(ring),
                      SocketAddresses.AF_INET,
                      STREAM | CLOSE_ON_EXEC,
                      0,
                      DestinationSlot.any()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.CONNECT)
  void nobody_there_is_an_error() throws IOException {
    int port;
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
    ByteBuffer address = SocketAddresses.loopback(port);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, STREAM, 0);
      int fd = files.opened(Queues.result(ring));
      NetworkRequests.connect(
          Queues.next(ring), fd, NativeAddress.of(address), SocketAddresses.INTERNET_BYTES);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.ECONNREFUSED);
    }
  }

  @Test
  @Shows(UringOperation.ACCEPT)
  void who_connected_is_told() throws IOException {
    ByteBuffer peer = Native.bytes(32);
    ByteBuffer length = Native.bytes(4).putInt(0, 32);
    ByteBuffer any = SocketAddresses.loopback(0);
    try (Ring ring = kind.open(UringOperation.BIND, UringOperation.LISTEN);
        OpenFiles files = new OpenFiles()) {
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, STREAM, 0);
      int listener = files.opened(Queues.result(ring));
      NetworkRequests.bind(Queues.next(ring), listener, NativeAddress.of(any), any.capacity());
      assertThat(Queues.result(ring)).isZero();
      NetworkRequests.listen(Queues.next(ring), listener, 4);
      assertThat(Queues.result(ring)).isZero();
      NetworkRequests.accept(
          Queues.next(ring), listener, NativeAddress.of(peer), NativeAddress.of(length));
      assertThat(ring.submit()).isEqualTo(1);
      try (SocketChannel client =
          SocketChannel.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), localPort(listener)))) {
        files.opened(Queues.result(ring));
        assertThat(length.getInt(0)).isEqualTo(SocketAddresses.INTERNET_BYTES);
        assertThat(SocketAddresses.port(peer))
            .isEqualTo(((InetSocketAddress) client.getLocalAddress()).getPort());
      }
    }
  }

  private static int localPort(int fd) {
    ByteBuffer address = Native.bytes(32);
    assertThat(Native.C.getsockname(fd, NativeAddress.of(address), new int[] {32})).isZero();
    return SocketAddresses.port(address);
  }

  @Test
  @Shows(UringOperation.ACCEPT)
  void connections_go_into_slots_named_or_free() throws IOException {
    Path path = directory.resolve("socket");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        SocketChannel first = SocketChannel.open(StandardProtocolFamily.UNIX);
        SocketChannel second = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      int listener = files.listener(path);
      ring.registrar().files().registerSparse(8);
      ring.registrar().files().allocationRange(6, 1);
      FileSlot third = new FileSlot(2);
      first.connect(UnixDomainSocketAddress.of(path));
      NetworkRequests.accept(Queues.next(ring), listener, DestinationSlot.of(third));
      assertThat(Queues.result(ring)).isZero();
      second.connect(UnixDomainSocketAddress.of(path));
      NetworkRequests.accept(Queues.next(ring), listener, DestinationSlot.any());
      assertThat(Queues.result(ring)).isEqualTo(6);
      ByteBuffer text = Native.ascii("2");
      NetworkRequests.send(Queues.next(ring), -1, NativeAddress.of(text), 1, 0).on(third);
      assertThat(Queues.result(ring)).isEqualTo(1);
      assertThat(read(first)).isEqualTo("2");
      NetworkRequests.shutdown(Queues.next(ring), -1, /* SHUT_RDWR */ 2).on(new FileSlot(6));
      assertThat(Queues.result(ring)).isZero();
      assertThat(read(second)).isEqualTo("the end");
    }
  }

  @Test
  @Shows(UringOperation.ACCEPT)
  void an_accept_need_not_wait() throws IOException {
    Path path = directory.resolve("socket");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int listener = files.listener(path);
      int noWait = NetworkRequests.ACCEPT_NO_WAIT;
      NetworkRequests.accept(Queues.next(ring), listener, noWait);
      assertThat(Queues.result(ring)).as("nobody came").isEqualTo(-Errno.EAGAIN);
      int pollFirst = NetworkRequests.ACCEPT_POLL_FIRST;
      NetworkRequests.accept(Queues.next(ring), listener, pollFirst);
      assertThat(ring.submit()).isEqualTo(1);
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        Native.write(files.opened(Queues.result(ring)), "welcome");
        assertThat(read(client)).isEqualTo("welcome");
      }
      SubmissionEntry entry = Queues.next(ring);
      assertThatThrownBy(() -> NetworkRequests.accept(entry, listener, noWait | pollFirst))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.ACCEPT)
  void one_request_accepts_everybody() throws IOException {
    Path path = directory.resolve("socket");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int listener = files.listener(path);
      MultishotRequests.accept(Queues.next(ring), listener).userData(8);
      assertThat(ring.submit()).isEqualTo(1);
      for (int turn = 0; turn < 3; turn++) {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
          Queues.Taken taken = Queues.one(ring);
          assertThat(taken.userData()).isEqualTo(8);
          assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
          int accepted = files.opened(taken.result());
          Native.write(accepted, "turn" + turn);
          assertThat(read(client)).isEqualTo("turn" + turn);
        }
      }
      PollRequests.cancel(Queues.next(ring), 8).userData(9);
      assertThat(Queues.one(ring)).isNotNull();
      assertThat(Queues.one(ring)).isNotNull();
    }
  }

  @Test
  @Shows(UringOperation.ACCEPT)
  void one_request_accepts_into_slots_until_there_is_none() throws IOException {
    Path path = directory.resolve("socket");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int listener = files.listener(path);
      ring.registrar().files().registerSparse(2);
      MultishotRequests.acceptIntoSlots(Queues.next(ring), listener);
      assertThat(ring.submit()).isEqualTo(1);
      for (int turn = 0; turn < 2; turn++) {
        files.client(path);
        Queues.Taken taken = Queues.one(ring);
        assertThat(taken.result()).isEqualTo(turn);
        assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
      }
      files.client(path);
      Queues.Taken last = Queues.one(ring);
      assertThat(last.result()).isEqualTo(-Errno.ENFILE);
      assertThat(CompletionFlags.isLast(last.flags())).isTrue();
    }
  }
}
