package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.IoVectors;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.ring.struct.ReceivedMessage;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
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

/** What goes through connected sockets. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MessageRequestsTest {
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int MSG_PEEK = 2;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final BufferGroup GROUP = new BufferGroup(6);

  @Parameter RingKind kind;

  private static final class Pair implements AutoCloseable {
    final int here;
    final int there;

    Pair(int type) {
      int[] ends = new int[2];
      assertThat(Native.C.socketpair(SocketAddresses.AF_UNIX, type | 0x80000, 0, ends)).isZero();
      here = ends[0];
      there = ends[1];
    }

    @Override
    public void close() {
      FileCalls.close(here);
      FileCalls.close(there);
    }
  }

  @Test
  @Shows(UringOperation.SEND)
  void what_is_sent_is_what_the_peer_reads() {
    ByteBuffer text = Native.ascii("--hello--");
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM)) {
      NetworkRequests.send(Queues.next(ring), pair.here, NativeAddress.of(text) + 2, 5, 0);
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(Native.read(pair.there)).isEqualTo("hello");
      NetworkRequests.send(
          Queues.next(ring),
          pair.here,
          NativeAddress.of(text),
          4,
          NetworkRequests.MSG_NOSIGNAL,
          NetworkRequests.POLL_FIRST);
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(Native.read(pair.there)).isEqualTo("--he");
      assertThatThrownBy(() -> NetworkRequests.send(Queues.next(ring), pair.here, 0, 0, 0, 1 << 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.SEND)
  void a_send_need_not_wait_for_room() {
    ByteBuffer text = Native.bytes(65_536);
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM)) {
      int result;
      do {
        NetworkRequests.send(
            Queues.next(ring), pair.here, NativeAddress.of(text), 65_536, MSG_DONTWAIT);
        result = Queues.result(ring);
      } while (result > 0);
      assertThat(result).isEqualTo(-Errno.EAGAIN);
    }
  }

  @Test
  @Shows(UringOperation.SEND)
  void pieces_are_sent_as_one() {
    ByteBuffer text = Native.ascii("worldhello");
    IoVectors pieces =
        new IoVectors(2).set(0, NativeAddress.of(text) + 5, 5).set(1, NativeAddress.of(text), 5);
    try (Ring ring = kind.open();
        Pair pair = new Pair(DATAGRAM)) {
      int vectors = NetworkRequests.VECTORS;
      NetworkRequests.send(Queues.next(ring), pair.here, pieces.address(), 2, 0, vectors);
      assertThat(Queues.result(ring)).isEqualTo(10);
      assertThat(Native.read(pair.there)).isEqualTo("helloworld");
    }
  }

  @Test
  @Shows(UringOperation.SEND)
  void a_datagram_goes_to_the_peer_that_it_names() throws IOException {
    ByteBuffer text = Native.ascii("hello");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        DatagramChannel receiver = DatagramChannel.open()) {
      receiver.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) receiver.getLocalAddress()).getPort();
      ByteBuffer peer = SocketAddresses.loopback(port);
      NetworkRequests.socket(Queues.next(ring), SocketAddresses.AF_INET, DATAGRAM, 0);
      int fd = files.opened(Queues.result(ring));
      NetworkRequests.send(Queues.next(ring), fd, NativeAddress.of(text), 5, 0)
          .peer(NativeAddress.of(peer), SocketAddresses.INTERNET_BYTES);
      assertThat(Queues.result(ring)).isEqualTo(5);
      ByteBuffer received = ByteBuffer.allocate(16);
      assertThat(receiver.receive(received)).isNotNull();
      assertThat(Native.text(received, 0, received.position())).isEqualTo("hello");
      SubmissionEntry entry = Queues.next(ring);
      assertThatThrownBy(() -> entry.peer(NativeAddress.of(peer), 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.RECV)
  void what_the_peer_wrote_is_received_into_the_memory() {
    ByteBuffer memory = Native.ascii("..........");
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM)) {
      Native.write(pair.there, "hello");
      long address = NativeAddress.of(memory);
      NetworkRequests.receive(Queues.next(ring), pair.here, address + 1, 3, MSG_PEEK, 0);
      assertThat(Queues.result(ring)).isEqualTo(3);
      assertThat(Native.text(memory, 0, 10)).isEqualTo(".hel......");
      NetworkRequests.receive(
          Queues.next(ring), pair.here, address + 4, 6, 0, NetworkRequests.POLL_FIRST);
      assertThat(Queues.result(ring)).as("nothing was taken by looking").isEqualTo(5);
      assertThat(Native.text(memory, 0, 10)).isEqualTo(".helhello.");
    }
  }

  @Test
  @Shows({UringOperation.SENDMSG, UringOperation.RECVMSG})
  void messages_are_gathered_and_scattered() {
    ByteBuffer out = Native.ascii("worldhello");
    ByteBuffer in = Native.ascii("..........");
    MessageHeader sent =
        new MessageHeader()
            .data(
                new IoVectors(2)
                    .set(0, NativeAddress.of(out) + 5, 5)
                    .set(1, NativeAddress.of(out), 5));
    MessageHeader received =
        new MessageHeader()
            .data(
                new IoVectors(2)
                    .set(0, NativeAddress.of(in) + 6, 3)
                    .set(1, NativeAddress.of(in), 2));
    try (Ring ring = kind.open();
        Pair pair = new Pair(DATAGRAM)) {
      NetworkRequests.sendMessage(Queues.next(ring), pair.here, sent.address(), 0);
      assertThat(Queues.result(ring)).isEqualTo(10);
      NetworkRequests.receiveMessage(
          Queues.next(ring), pair.there, received.address(), MSG_PEEK | MSG_TRUNC, 0);
      assertThat(Queues.result(ring)).as("its whole length").isEqualTo(10);
      assertThat(Native.text(in, 0, 10)).isEqualTo("lo....hel.");
      assertThat(received.flags() & MSG_TRUNC).isEqualTo(MSG_TRUNC);
      assertThat(Native.read(pair.there)).as("it is still there").isEqualTo("helloworld");
    }
  }

  @Test
  @Shows(UringOperation.SHUTDOWN)
  void shutting_down_a_direction_ends_it_and_not_the_other() {
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM)) {
      NetworkRequests.shutdown(Queues.next(ring), pair.here, /* SHUT_WR */ 1);
      assertThat(Queues.result(ring)).isZero();
      assertThat(Native.read(pair.there)).as("the end").isEmpty();
      Native.write(pair.there, "still");
      assertThat(Native.read(pair.here)).isEqualTo("still");
    }
  }

  @Test
  @Shows(UringOperation.RECV)
  void one_request_receives_until_the_end() {
    ByteBuffer memory = Native.bytes(64);
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM)) {
      BufferRequests.provide(Queues.next(ring), GROUP, NativeAddress.of(memory), 16, 4, 20);
      assertThat(Queues.result(ring)).isZero();
      MultishotRequests.receive(Queues.next(ring), pair.here, GROUP, 0, 0);
      assertThat(ring.submit()).isEqualTo(1);
      for (int turn = 0; turn < 2; turn++) {
        Native.write(pair.there, "turn" + turn);
        Queues.Taken taken = Queues.one(ring);
        assertThat(taken.result()).isEqualTo(5);
        assertThat(CompletionFlags.bufferId(taken.flags())).isEqualTo(20 + turn);
        assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
        assertThat(Native.text(memory, 16 * turn, 5)).isEqualTo("turn" + turn);
      }
      assertThat(Native.C.shutdown(pair.there, 1)).isZero();
      Queues.Taken last = Queues.one(ring);
      assertThat(last.result()).isZero();
      assertThat(CompletionFlags.isLast(last.flags())).isTrue();
      SubmissionEntry entry = Queues.next(ring);
      assertThatThrownBy(
              () ->
                  MultishotRequests.receive(
                      entry, pair.here, GROUP, NetworkRequests.MSG_WAITALL, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.RECVMSG)
  void one_request_receives_messages_with_their_headers() {
    ByteBuffer memory = Native.bytes(256);
    MessageHeader header = new MessageHeader().name(0, 8).control(0, 16);
    try (Ring ring = kind.open();
        Pair pair = new Pair(DATAGRAM)) {
      BufferRequests.provide(Queues.next(ring), GROUP, NativeAddress.of(memory), 128, 2, 0);
      assertThat(Queues.result(ring)).isZero();
      MultishotRequests.receiveMessage(Queues.next(ring), pair.here, GROUP, header, 0, 0);
      assertThat(ring.submit()).isEqualTo(1);
      for (int turn = 0; turn < 2; turn++) {
        Native.write(pair.there, "turn" + turn);
        Queues.Taken taken = Queues.one(ring);
        assertThat(CompletionFlags.bufferId(taken.flags())).isEqualTo(turn);
        assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
        ByteBuffer buffer = memory.slice(128 * turn, 128).order(memory.order());
        ReceivedMessage message = ReceivedMessage.read(buffer, 8, 16, taken.result());
        assertThat(StandardCharsets.US_ASCII.decode(message.payload()).toString())
            .isEqualTo("turn" + turn);
      }
    }
  }

  @Test
  @Shows({UringOperation.SEND, UringOperation.RECV})
  void bundles_take_as_many_buffers_as_there_is_data() {
    ByteBuffer memory = Native.ascii("................");
    long address = NativeAddress.of(memory);
    BufferGroup sending = new BufferGroup(7);
    ByteBuffer out = Native.ascii("onetwothree");
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM);
        ProvidedBuffers give = buffers(ring, sending);
        ProvidedBuffers take = buffers(ring, GROUP)) {
      give.add(NativeAddress.of(out), 3, 1).add(NativeAddress.of(out) + 3, 3, 2);
      give.add(NativeAddress.of(out) + 6, 5, 3).publish();
      take.add(address + 8, 6, 50).add(address, 7, 51).publish();

      NetworkRequests.sendBundle(Queues.next(ring), pair.here, sending, 0, 0);
      Queues.Taken sent = Queues.one(ring);
      assertThat(sent.result()).isEqualTo(11);
      assertThat(CompletionFlags.bufferId(sent.flags())).isEqualTo(1);
      NetworkRequests.receiveBundle(Queues.next(ring), pair.there, GROUP, 0, 0);
      Queues.Taken received = Queues.one(ring);
      assertThat(received.result()).isEqualTo(11);
      assertThat(CompletionFlags.bufferId(received.flags())).isEqualTo(50);
      assertThat(Native.text(memory, 0, 16)).isEqualTo("three...onetwo..");
    }
  }

  @Test
  @Shows(UringOperation.RECV)
  void one_request_receives_bundles_until_no_buffer_is_left() {
    ByteBuffer memory = Native.ascii("........");
    try (Ring ring = kind.open();
        Pair pair = new Pair(STREAM);
        ProvidedBuffers take = buffers(ring, GROUP)) {
      take.add(NativeAddress.of(memory), 4, 9).add(NativeAddress.of(memory) + 4, 4, 8).publish();
      Native.write(pair.there, "abcdef");
      MultishotRequests.receiveBundle(Queues.next(ring), pair.here, GROUP, 0);
      Queues.Taken first = Queues.one(ring);
      assertThat(first.result()).isEqualTo(6);
      assertThat(CompletionFlags.bufferId(first.flags())).isEqualTo(9);
      assertThat(Native.text(memory, 0, 8)).isEqualTo("abcdef..");
      Native.write(pair.there, "x");
      assertThat(Queues.result(ring)).isEqualTo(-Errno.ENOBUFS);
    }
  }

  private static ProvidedBuffers buffers(Ring ring, BufferGroup group) {
    return ring.registrar()
        .bufferRings()
        .register(group, 4, EnumSet.noneOf(BufferRingOption.class));
  }
}
