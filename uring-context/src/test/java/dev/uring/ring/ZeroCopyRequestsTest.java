package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.IoVectors;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.sys.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Sends that complete twice, over loopback, with the JDK at the other end. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ZeroCopyRequestsTest {
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;

  @Parameter RingKind kind;
  private ServerSocketChannel server;
  private ByteBuffer address;

  @BeforeEach
  void listen() throws IOException {
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    address = SocketAddresses.loopback(((InetSocketAddress) server.getLocalAddress()).getPort());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private int connected(Ring ring, OpenFiles files) {
    NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, STREAM, 0);
    int fd = files.opened(Queues.result(ring));
    NetworkRequests.connect(
        Queues.next(ring), fd, NativeAddress.of(address), SocketAddresses.INTERNET_BYTES);
    assertThat(Queues.result(ring)).isZero();
    return fd;
  }

  private static String read(SocketChannel channel) throws IOException {
    ByteBuffer memory = ByteBuffer.allocate(64);
    int count = channel.read(memory);
    return Native.text(memory, 0, count);
  }

  /** Takes both completions of a send and returns the second one's result. */
  private static int sentWithNotification(Ring ring, int expected) {
    Queues.Taken sent = Queues.one(ring);
    assertThat(sent.result()).isEqualTo(expected);
    assertThat(sent.flags() & CompletionFlags.MORE).as("a second follows").isNotZero();
    Queues.Taken notification = Queues.one(ring);
    assertThat(notification.userData()).isEqualTo(sent.userData());
    assertThat(notification.flags() & CompletionFlags.NOTIFICATION).isNotZero();
    assertThat(CompletionFlags.isLast(notification.flags())).isTrue();
    return notification.result();
  }

  @Test
  @Shows(UringOperation.SEND_ZC)
  void a_send_completes_and_then_gives_its_memory_back() throws IOException {
    ByteBuffer text = Native.ascii("--hello--");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = connected(ring, files);
      try (SocketChannel peer = server.accept()) {
        ZeroCopyRequests.send(Queues.next(ring), fd, NativeAddress.of(text) + 2, 5, 0, 0)
            .userData(3);
        assertThat(sentWithNotification(ring, 5)).isZero();
        assertThat(read(peer)).isEqualTo("hello");
        int report = ZeroCopyRequests.REPORT_USAGE;
        ZeroCopyRequests.send(Queues.next(ring), fd, NativeAddress.of(text), 3, 0, report);
        assertThat(sentWithNotification(ring, 3))
            .as("loopback copies")
            .isEqualTo(ZeroCopyRequests.COPIED);
        assertThat(read(peer)).isEqualTo("--h");
        ZeroCopyRequests.send(Queues.next(ring), fd, NativeAddress.of(text), 3, 0, 0)
            .flag(EntryFlag.CQE_SKIP_SUCCESS);
        assertThat(Queues.result(ring)).as("silently").isEqualTo(-Errno.EINVAL);
        assertThatThrownBy(() -> ZeroCopyRequests.send(Queues.next(ring), fd, 0, 0, 0, 1 << 2))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  @Shows(UringOperation.SEND_ZC)
  void a_send_can_be_of_a_registered_buffer() throws IOException {
    ByteBuffer other = Native.pages(1);
    ByteBuffer memory = Native.pages(1).put(0, Native.ascii("registered"), 0, 10);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = connected(ring, files);
      ring.registrar()
          .buffers()
          .register(
              new long[] {NativeAddress.of(other), NativeAddress.of(memory)}, new int[] {10, 10});
      BufferIndex second = new BufferIndex(1);
      try (SocketChannel peer = server.accept()) {
        long at = NativeAddress.of(memory) + 2;
        ZeroCopyRequests.sendFixed(Queues.next(ring), fd, at, 8, 0, second);
        assertThat(sentWithNotification(ring, 8)).isZero();
        assertThat(read(peer)).isEqualTo("gistered");
        ZeroCopyRequests.sendFixed(Queues.next(ring), fd, at, 9, 0, second);
        assertThat(Queues.one(ring).result()).as("beyond it").isEqualTo(-Errno.EFAULT);
      }
    }
  }

  @Test
  @Shows(UringOperation.SEND_ZC)
  void a_datagram_goes_to_the_peer_that_it_names() throws IOException {
    ByteBuffer text = Native.ascii("hello");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        DatagramChannel receiver = DatagramChannel.open()) {
      receiver.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ByteBuffer peer =
          SocketAddresses.loopback(((InetSocketAddress) receiver.getLocalAddress()).getPort());
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, DATAGRAM, 0);
      int fd = files.opened(Queues.result(ring));
      ZeroCopyRequests.send(Queues.next(ring), fd, NativeAddress.of(text) + 1, 4, 0, 0)
          .peer(NativeAddress.of(peer), SocketAddresses.INTERNET_BYTES);
      assertThat(Queues.one(ring).result()).isEqualTo(4);
      ByteBuffer received = ByteBuffer.allocate(16);
      assertThat(receiver.receive(received)).isNotNull();
      assertThat(Native.text(received, 0, received.position())).isEqualTo("ello");
      assertThat(Queues.one(ring).flags() & CompletionFlags.NOTIFICATION).isNotZero();
    }
  }

  @Test
  @Shows(UringOperation.SENDMSG_ZC)
  void a_message_is_gathered_and_gives_its_memory_back() throws IOException {
    ByteBuffer text = Native.ascii("worldhello");
    MessageHeader header =
        new MessageHeader()
            .data(
                new IoVectors(2)
                    .set(0, NativeAddress.of(text) + 5, 5)
                    .set(1, NativeAddress.of(text), 5));
    int report = ZeroCopyRequests.REPORT_USAGE;
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = connected(ring, files);
      try (SocketChannel peer = server.accept()) {
        ZeroCopyRequests.sendMessage(Queues.next(ring), fd, header, 0, report);
        assertThat(sentWithNotification(ring, 10)).isEqualTo(ZeroCopyRequests.COPIED);
        assertThat(read(peer)).isEqualTo("helloworld");
        int vectors = NetworkRequests.VECTORS;
        assertThatThrownBy(
                () -> ZeroCopyRequests.sendMessage(Queues.next(ring), fd, header, 0, vectors))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  @Shows(UringOperation.RECV_ZC)
  void receiving_without_copies_has_its_fields_where_the_kernel_reads_them() {
    ByteBuffer memory = Native.bytes(SubmissionEntry.BYTES);
    ZeroCopyRequests.receive(new SubmissionEntry(memory), 7, 3, 4096, NetworkRequests.POLL_FIRST);
    ByteBuffer expected = Native.bytes(SubmissionEntry.BYTES);
    int recvZc = UringOperation.RECV_ZC.code();
    // opcode; ioprio: POLL_FIRST and MULTISHOT; fd; len; zcrx_ifq_idx. As in struct io_uring_sqe.
    expected.put(0, (byte) recvZc).putShort(2, (short) 3).putInt(4, 7);
    expected.putInt(24, 4096).putInt(44, 3);
    assertThat(memory).isEqualTo(expected);
  }

  @Test
  @Shows(UringOperation.RECV_ZC)
  void receiving_without_copies_takes_a_queue_of_the_device() throws IOException {
    try (Ring ring = kind.open(UringOperation.RECV_ZC);
        OpenFiles files = new OpenFiles()) {
      int fd = connected(ring, files);
      ZeroCopyRequests.receive(Queues.next(ring), fd, 0, 4096, 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
    }
    assumeTrue(false, "skipped: no network device that gives a receive queue away");
  }
}
