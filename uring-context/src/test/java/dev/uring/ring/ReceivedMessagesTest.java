package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.ring.struct.ReceivedMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages that are received again and again, with names and control data that do not fit. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReceivedMessagesTest {
  private static final int DATAGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_TIMESTAMPNS = 35;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_CTRUNC = 8;
  private static final int CONTROL_BYTES = 32;
  private static final int SIZE = 128;
  private static final BufferGroup GROUP = new BufferGroup(4);

  private final ByteBuffer memory = Native.bytes(4 * SIZE);

  @Parameter RingKind kind;

  /** A socket of the ring's side, and one of the JDK's that sends to it. */
  private record Sockets(int receiving, DatagramChannel sender, int senderPort) {
    void send(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      assertThat(sender.write(bytes)).isEqualTo(text.length());
    }
  }

  private static Sockets sockets(Ring ring, OpenFiles files, DatagramChannel sender)
      throws IOException {
    ByteBuffer address = SocketAddresses.loopback(0);
    NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, DATAGRAM, 0);
    int fd = files.opened(Queues.result(ring));
    NetworkRequests.bind(Queues.next(ring), fd, NativeAddress.of(address), address.capacity());
    assertThat(Queues.result(ring)).isZero();
    ByteBuffer own = Native.bytes(SocketAddresses.INTERNET_BYTES);
    int[] length = {own.capacity()};
    assertThat(Native.C.getsockname(fd, NativeAddress.of(own), length)).isZero();
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    sender.bind(new InetSocketAddress(loopback, 0));
    sender.connect(new InetSocketAddress(loopback, SocketAddresses.port(own)));
    return new Sockets(fd, sender, ((InetSocketAddress) sender.getLocalAddress()).getPort());
  }

  private static void stampTimes(Ring ring, int fd) {
    ByteBuffer one = Native.bytes(4).putInt(0, 1);
    CommandRequests.setSocketOption(
        Queues.next(ring), fd, SOL_SOCKET, SO_TIMESTAMPNS, NativeAddress.of(one), 4);
    assertThat(Queues.result(ring)).isZero();
  }

  private ProvidedBuffers buffers(Ring ring) {
    ProvidedBuffers buffers =
        ring.registrar().bufferRings().register(GROUP, 4, EnumSet.noneOf(BufferRingOption.class));
    for (int id = 0; id < 4; id++) {
      buffers.add(NativeAddress.of(memory) + (long) id * SIZE, SIZE, id);
    }
    buffers.publish();
    return buffers;
  }

  private ReceivedMessage take(Ring ring, int nameRoom, int controlRoom) {
    Queues.Taken taken = Queues.one(ring);
    assertThat(taken.result()).isNotNegative();
    assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
    int start = CompletionFlags.bufferId(taken.flags()) * SIZE;
    ByteBuffer buffer = memory.slice(start, SIZE).order(memory.order());
    return ReceivedMessage.read(buffer, nameRoom, controlRoom, taken.result());
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.US_ASCII.decode(bytes.duplicate()).toString();
  }

  @Test
  void names_and_control_data_that_fit_come_whole() throws IOException {
    int room = CONTROL_BYTES + 16;
    MessageHeader header = new MessageHeader().name(0, 16).control(0, room);
    try (Ring ring = kind.open(UringOperation.BIND);
        OpenFiles files = new OpenFiles();
        DatagramChannel sender = DatagramChannel.open();
        ProvidedBuffers buffers = buffers(ring)) {
      Sockets sockets = sockets(ring, files, sender);
      stampTimes(ring, sockets.receiving());
      MultishotRequests.receiveMessage(Queues.next(ring), sockets.receiving(), GROUP, header, 0, 0);
      assertThat(ring.submit()).isNotNegative();
      for (int turn = 0; turn < 3; turn++) {
        sockets.send("turn " + turn);
        ReceivedMessage message = take(ring, 16, room);
        assertThat(text(message.payload())).isEqualTo("turn " + turn);
        assertThat(message.payloadLength()).isEqualTo(6);
        assertThat(message.nameLength()).isEqualTo(16);
        assertThat(SocketAddresses.port(message.name())).isEqualTo(sockets.senderPort());
        assertThat(message.controlLength()).isEqualTo(CONTROL_BYTES);
        ByteBuffer control = message.control().order(memory.order());
        assertThat(control.getLong(0)).as("length").isEqualTo(CONTROL_BYTES);
        assertThat(control.getInt(12)).as("type").isEqualTo(SO_TIMESTAMPNS);
        assertThat(message.flags()).isZero();
      }
      assertThat(buffers.available()).isEqualTo(1);
    }
  }

  @Test
  void a_name_that_does_not_fit_is_cut_and_its_length_told() throws IOException {
    int room = 4;
    MessageHeader header = new MessageHeader().name(0, room);
    try (Ring ring = kind.open(UringOperation.BIND);
        OpenFiles files = new OpenFiles();
        DatagramChannel sender = DatagramChannel.open();
        ProvidedBuffers buffers = buffers(ring)) {
      Sockets sockets = sockets(ring, files, sender);
      MultishotRequests.receiveMessage(Queues.next(ring), sockets.receiving(), GROUP, header, 0, 0);
      assertThat(ring.submit()).isNotNegative();
      sockets.send("payload");
      ReceivedMessage message = take(ring, room, 0);
      assertThat(message.nameLength()).isEqualTo(16);
      assertThat(message.name().remaining()).isEqualTo(room);
      assertThat(SocketAddresses.port(message.name())).isEqualTo(sockets.senderPort());
      assertThat(text(message.payload())).as("not moved by the name").isEqualTo("payload");
      assertThat(message.flags()).isZero();
      assertThat(buffers.available()).isEqualTo(3);
    }
  }

  @Test
  void control_data_that_does_not_fit_is_cut_and_said_to_be() throws IOException {
    int room = 24;
    MessageHeader header = new MessageHeader().name(0, 16).control(0, room);
    try (Ring ring = kind.open(UringOperation.BIND);
        OpenFiles files = new OpenFiles();
        DatagramChannel sender = DatagramChannel.open();
        ProvidedBuffers buffers = buffers(ring)) {
      Sockets sockets = sockets(ring, files, sender);
      stampTimes(ring, sockets.receiving());
      MultishotRequests.receiveMessage(Queues.next(ring), sockets.receiving(), GROUP, header, 0, 0);
      assertThat(ring.submit()).isNotNegative();
      for (int turn = 0; turn < 2; turn++) {
        sockets.send("payload");
        ReceivedMessage message = take(ring, 16, room);
        assertThat(message.flags()).isEqualTo(MSG_CTRUNC);
        assertThat(message.control().remaining()).isEqualTo(room);
        assertThat(text(message.payload())).isEqualTo("payload");
      }
      assertThat(buffers.available()).isEqualTo(2);
    }
  }

  @Test
  void data_that_does_not_fit_is_cut_and_its_length_told_if_that_was_asked_for()
      throws IOException {
    MessageHeader header = new MessageHeader().name(0, 16);
    int room = SIZE - ReceivedMessage.HEADER_BYTES - 16;
    try (Ring ring = kind.open(UringOperation.BIND);
        OpenFiles files = new OpenFiles();
        DatagramChannel sender = DatagramChannel.open();
        ProvidedBuffers buffers = buffers(ring)) {
      Sockets sockets = sockets(ring, files, sender);
      MultishotRequests.receiveMessage(
          Queues.next(ring), sockets.receiving(), GROUP, header, MSG_TRUNC, 0);
      assertThat(ring.submit()).isNotNegative();
      sockets.send("x".repeat(room + 5));
      ReceivedMessage message = take(ring, 16, 0);
      assertThat(message.flags()).isEqualTo(MSG_TRUNC);
      assertThat(message.payloadLength()).isEqualTo(room + 5);
      assertThat(text(message.payload())).isEqualTo("x".repeat(room));
      sockets.send("y");
      assertThat(text(take(ring, 16, 0).payload())).as("the rest is gone").isEqualTo("y");
      assertThat(buffers.available()).isEqualTo(2);
    }
  }
}
