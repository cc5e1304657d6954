package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.ring.UringException;
import dev.uring.sys.Accepting;
import dev.uring.sys.SocketCalls;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

class SocketsTest {
  @Test
  void a_port_that_the_kernel_chose_is_told_and_takes_connections() throws Exception {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 5)) {
      InetSocketAddress bound = Sockets.boundAddress(listener);
      assertThat(bound.getAddress().getHostAddress()).isEqualTo("127.0.0.1");
      assertThat(bound.getPort()).isPositive();
      try (SocketChannel client = SocketChannel.open(bound)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void version_six_works_where_the_machine_has_it() throws Exception {
    boolean present =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .anyMatch(a -> a instanceof Inet6Address && a.isLoopbackAddress());
    assumeTrue(present, "skipped: no IPv6 loopback address");
    try (Descriptor listener = Sockets.listenTcp("::1", 0, 5)) {
      InetSocketAddress bound = Sockets.boundAddress(listener);
      assertThat(bound.getAddress().getHostAddress()).isEqualTo("0:0:0:0:0:0:0:1");
      try (SocketChannel client = SocketChannel.open(bound)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void a_port_in_use_is_refused_with_the_remedy() {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1)) {
      int port = Sockets.boundAddress(listener).getPort();
      assertThatThrownBy(() -> Sockets.listenTcp("127.0.0.1", port, 1))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("127.0.0.1:" + port)
          .hasMessageContaining("EADDRINUSE")
          .hasMessageContaining("another port");
    }
  }

  @Test
  void a_port_whose_last_connection_is_dying_can_be_had_at_once() throws Exception {
    int port;
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1)) {
      InetSocketAddress bound = Sockets.boundAddress(listener);
      port = bound.getPort();
      Socket client = new Socket(bound.getAddress(), port);
      int accepted = accept(listener);
      // Whoever closes first keeps the port busy for a minute: here that is the server's side.
      Descriptor.own(accepted, "accepted").close();
      client.close();
    }
    Sockets.listenTcp("127.0.0.1", port, 1).close();
  }

  @Test
  void accepted_connections_do_not_delay_small_segments() throws Exception {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1);
        SocketChannel client = SocketChannel.open(Sockets.boundAddress(listener));
        Descriptor accepted = Descriptor.own(accept(listener), "accepted")) {
      assertThat(client.isConnected()).isTrue();
      int delay =
          SocketCalls.getsockopt(
              accepted.acquire(), SocketCalls.IPPROTO_TCP, SocketCalls.TCP_NODELAY);
      accepted.release();
      assertThat(delay).isEqualTo(1);
    }
  }

  private static int accept(Descriptor listener) {
    int fd = Accepting.accept(listener.acquire());
    listener.release();
    assertThat(fd).isNotNegative();
    return fd;
  }

  @Test
  void a_pair_is_connected() {
    List<Descriptor> pair = Sockets.pair();
    int fd = pair.get(0).acquire();
    assertThat(SocketCalls.shutdown(fd, SocketCalls.SHUT_RDWR)).isZero();
    pair.get(0).release();
    pair.forEach(Descriptor::close);
    assertThat(pair).hasSize(2);
  }

  @Test
  void nonsense_is_refused_before_the_kernel_sees_it() {
    assertThatThrownBy(() -> Sockets.listenTcp("127.0.0.1", 65_536, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65536");
    assertThatThrownBy(() -> Sockets.listenTcp("127.0.0.1", -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Sockets.listenTcp("127.0.0.1", 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Sockets.listenTcp("no.such.host.invalid", 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no.such.host.invalid");
    try (Descriptor event = Descriptor.eventFd(0)) {
      assertThatThrownBy(() -> Sockets.boundAddress(event)).isInstanceOf(UringException.class);
    }
  }

  @Test
  void an_address_that_is_not_ours_is_refused() {
    assertThatThrownBy(() -> Sockets.listenTcp("192.0.2.1", 0, 1))
        .isInstanceOf(UringException.class)
        .hasMessageContaining("no such address");
  }

  @Test
  void no_refusal_leaves_a_descriptor_open() {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1)) {
      int port = Sockets.boundAddress(listener).getPort();
      OpenDescriptors.mustNotLeak(
          1_000,
          () ->
              assertThatThrownBy(() -> Sockets.listenTcp("127.0.0.1", port, 1))
                  .isInstanceOf(UringException.class));
    }
  }
}
