package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.uring.nbd.NbdProtocol.Info;
import dev.uring.nbd.NbdProtocol.Magic;
import dev.uring.nbd.NbdProtocol.Option;
import dev.uring.nbd.NbdProtocol.OptionReply;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a server that does not keep to the protocol can do to our client: end its connection. */
@Timeout(60)
class HostileServerTest {

  private static final byte[] GREETING =
      ByteBuffer.allocate(18)
          .putLong(Magic.SERVER)
          .putLong(Magic.OPTION)
          .putShort((short) 3)
          .array();

  private static final byte[] ACK = reply(Option.GO, OptionReply.ACK, new byte[0]);
  private static final byte[] EXPORT = exportInfo(1 << 20);

  @TempDir Path directory;

  private interface Use {
    void of(NbdAddress address) throws IOException;
  }

  /** Plays {@code script} to whoever connects, whatever they say, and then hangs up. */
  private void play(byte[] script, Use use) throws IOException {
    UnixDomainSocketAddress bound = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(bound);
      Thread player = new Thread(() -> playTo(listener, script), "hostile-server");
      player.setDaemon(true);
      player.start();
      use.of(new NbdAddress.Unix(bound.getPath().toString()));
    }
  }

  private static void playTo(ServerSocketChannel listener, byte[] script) {
    try (SocketChannel connection = listener.accept()) {
      ByteBuffer bytes = ByteBuffer.wrap(script);
      while (bytes.hasRemaining()) {
        connection.write(bytes);
      }
      connection.shutdownOutput();
      while (connection.read(ByteBuffer.allocate(4096)) >= 0) {
        // Until the client has gone, so that it is never the socket that fails first.
      }
    } catch (IOException gone) {
      // The client left before it had heard everything.
    }
  }

  private static byte[] reply(int option, int type, byte[] data) {
    ByteBuffer reply = ByteBuffer.allocate(20 + data.length);
    reply.putLong(Magic.OPTION_REPLY).putInt(option).putInt(type).putInt(data.length).put(data);
    return reply.array();
  }

  private static byte[] exportInfo(long size) {
    ByteBuffer data = ByteBuffer.allocate(12);
    data.putShort((short) Info.EXPORT).putLong(size).putShort((short) 1);
    return reply(Option.GO, OptionReply.INFO, data.array());
  }

  private static byte[] sizesInfo(int minimum, int preferred, int maximum) {
    ByteBuffer data = ByteBuffer.allocate(14);
    data.putShort((short) Info.BLOCK_SIZE).putInt(minimum).putInt(preferred).putInt(maximum);
    return reply(Option.GO, OptionReply.INFO, data.array());
  }

  private static byte[] greeting(int at, int value) {
    byte[] greeting = GREETING.clone();
    greeting[at] = (byte) value;
    return greeting;
  }

  private static byte[] replyHeader(long magic, int option, int type, int length) {
    return ByteBuffer.allocate(20)
        .putLong(magic)
        .putInt(option)
        .putInt(type)
        .putInt(length)
        .array();
  }

  static List<byte[]> badHandshakes() {
    List<byte[]> all = new ArrayList<>();
    all.add(greeting(0, 0));
    all.add(greeting(15, 0));
    all.add(greeting(17, 2));
    List<byte[]> replies = new ArrayList<>();
    replies.add(replyHeader(0, Option.GO, OptionReply.ACK, 0));
    replies.add(replyHeader(Magic.OPTION_REPLY, Option.LIST, OptionReply.ACK, 0));
    replies.add(replyHeader(Magic.OPTION_REPLY, Option.GO, OptionReply.INFO, 1 << 20));
    replies.add(replyHeader(Magic.OPTION_REPLY, Option.GO, OptionReply.INFO, -1));
    replies.add(reply(Option.GO, OptionReply.SERVER, new byte[4]));
    replies.add(reply(Option.GO, OptionReply.INFO, new byte[1]));
    replies.add(reply(Option.GO, OptionReply.INFO, new byte[11]));
    replies.add(reply(Option.GO, OptionReply.INFO, new byte[] {0, Info.NAME, (byte) 0xff}));
    replies.add(reply(Option.GO, OptionReply.INFO, new byte[] {0, Info.BLOCK_SIZE, 0, 0}));
    replies.add(reply(Option.GO, OptionReply.ERR_POLICY, new byte[] {(byte) 0xff}));
    replies.add(ACK);
    replies.add(HandshakeTalk.concat(exportInfo(-1), ACK));
    for (int[] sizes :
        new int[][] {{0, 512, 4096}, {3, 512, 4096}, {1 << 17, 1 << 17, -1}, {512, 512, 511}}) {
      byte[] info = sizesInfo(sizes[0], sizes[1], sizes[2]);
      replies.add(HandshakeTalk.concat(EXPORT, info, ACK));
    }
    byte[][] endless = new byte[10_001][];
    Arrays.fill(endless, EXPORT);
    replies.add(HandshakeTalk.concat(endless));
    replies.forEach(reply -> all.add(HandshakeTalk.concat(GREETING, reply)));
    return all;
  }

  @ParameterizedTest
  @MethodSource("badHandshakes")
  void a_handshake_that_cannot_be_is_refused(byte[] script) throws IOException {
    play(
        script,
        address ->
            assertThatExceptionOfType(NbdException.class)
                .isThrownBy(() -> NbdClient.connect(address))
                .satisfies(e -> assertThat(e.error()).isZero())
                .withMessageEndingWith("."));
  }

  @Test
  void a_server_that_hangs_up_is_noticed_wherever_it_does() throws IOException {
    byte[] whole = HandshakeTalk.concat(GREETING, EXPORT, ACK);
    for (int length = 0; length < whole.length; length += 7) {
      byte[] part = Arrays.copyOf(whole, length);
      Files.deleteIfExists(directory.resolve("s"));
      play(
          part,
          address ->
              assertThatExceptionOfType(EOFException.class)
                  .isThrownBy(() -> NbdClient.connect(address)));
    }
  }

  @ParameterizedTest
  @CsvSource({"-1,33554432", "33554433,33554432", "1000000,999424", "4096,4096"})
  void the_largest_payload_is_cut_down_to_whole_blocks_and_32_mib(int announced, int used)
      throws IOException {
    play(
        HandshakeTalk.concat(GREETING, EXPORT, sizesInfo(4096, 4096, announced), ACK),
        address -> {
          try (NbdClient client = NbdClient.connect(address)) {
            assertThat(client.export().blockSizes().maximum()).isEqualTo(used);
          }
        });
  }

  @Test
  void malformed_list_entries_are_refused() throws IOException {
    for (byte[] data : List.of(new byte[3], new byte[] {0, 0, 0, 1}, new byte[] {-1, 0, 0, 0, 5})) {
      Files.deleteIfExists(directory.resolve("s"));
      play(
          HandshakeTalk.concat(GREETING, reply(Option.LIST, OptionReply.SERVER, data)),
          address ->
              assertThatExceptionOfType(NbdException.class)
                  .isThrownBy(() -> NbdClient.list(address)));
    }
  }

  private static byte[] simpleReply(int magic, int error, long cookie) {
    return ByteBuffer.allocate(16).putInt(magic).putInt(error).putLong(cookie).array();
  }

  static List<byte[]> badReplies() {
    return List.of(
        simpleReply(Magic.STRUCTURED_REPLY, 0, 1),
        simpleReply(Magic.SIMPLE_REPLY, 0, 0),
        simpleReply(Magic.SIMPLE_REPLY, 0, 2),
        simpleReply(Magic.SIMPLE_REPLY, 0, -1));
  }

  @ParameterizedTest
  @MethodSource("badReplies")
  void a_reply_to_nothing_that_was_asked_ends_the_connection(byte[] reply) throws IOException {
    play(
        HandshakeTalk.concat(GREETING, EXPORT, ACK, reply, new byte[4096]),
        address -> {
          try (NbdClient client = NbdClient.connect(address)) {
            assertThatExceptionOfType(NbdException.class)
                .isThrownBy(() -> client.read(0, ByteBuffer.allocate(512)))
                .satisfies(e -> assertThat(e.error()).isZero());
            assertThatExceptionOfType(IOException.class).isThrownBy(client::flush);
          }
        });
  }

  @Test
  void a_pipeline_takes_no_reply_to_a_free_slot() throws IOException {
    for (long cookie : new long[] {-1, 1, 2, Long.MIN_VALUE, 1L << 32}) {
      Files.deleteIfExists(directory.resolve("s"));
      play(
          HandshakeTalk.concat(GREETING, EXPORT, ACK, simpleReply(Magic.SIMPLE_REPLY, 0, cookie)),
          address -> {
            try (NbdClient client = NbdClient.connect(address)) {
              NbdPipeline pipeline = client.pipeline(2, 512);
              pipeline.flush(0);
              assertThatExceptionOfType(NbdException.class).isThrownBy(pipeline::await);
            }
          });
    }
  }

  @Test
  void replies_in_any_order_find_their_slots() throws IOException {
    byte[] first = new byte[512];
    byte[] second = new byte[512];
    first[0] = 1;
    second[0] = 2;
    byte[] answers =
        HandshakeTalk.concat(
            simpleReply(Magic.SIMPLE_REPLY, 0, 1),
            second,
            simpleReply(Magic.SIMPLE_REPLY, 5, 2),
            simpleReply(Magic.SIMPLE_REPLY, 0, 0),
            first);
    play(
        HandshakeTalk.concat(GREETING, EXPORT, ACK, answers),
        address -> {
          try (NbdClient client = NbdClient.connect(address)) {
            NbdPipeline pipeline = client.pipeline(3, 512);
            pipeline.read(0, 0, 512);
            pipeline.read(1, 0, 512);
            pipeline.read(2, 0, 512);
            assertThat(pipeline.await()).isEqualTo(1);
            assertThat(pipeline.await()).isEqualTo(2);
            assertThat(pipeline.await()).isEqualTo(0);
            assertThat(pipeline.buffer(0).get(0)).isEqualTo((byte) 1);
            assertThat(pipeline.buffer(1).get(0)).isEqualTo((byte) 2);
            assertThat(pipeline.error(2)).isEqualTo(5);
          }
        });
  }
}
