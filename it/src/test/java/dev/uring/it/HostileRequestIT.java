package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no good client sends once it has an export. Each is answered with the protocol's error or a
 * closed connection; the image stays as it was, a neighbour's connection goes on, and the next
 * client is served. The server's patience is made longer than the test's, so that no time-out
 * passes for an answer.
 */
@Timeout(60)
class HostileRequestIT {
  private static final int SIZE = 4 * Images.MIB;

  @TempDir private Path directory;
  private Path image;
  private byte[] before;
  private DiskServer server;
  private NbdClient neighbour;

  @BeforeEach
  void serve() throws IOException {
    image = Images.random(directory.resolve("disk.img"), SIZE, 22);
    before = Images.read(image, 0, SIZE);
    server = DiskServer.serve(image, "--message-timeout", 600, "--max-request", "1M");
    neighbour = NbdClient.ready(server.socket());
  }

  @AfterEach
  void the_image_the_neighbour_and_the_next_client_are_undisturbed() throws IOException {
    try (DiskServer closing = server;
        NbdClient other = neighbour;
        NbdClient next = NbdClient.ready(closing.socket())) {
      assertThat(other.read(0, 4096)).isEqualTo(Images.read(image, 0, 4096));
      assertThat(next.read(4096, 4096)).isEqualTo(Images.read(image, 4096, 4096));
      assertThat(Images.read(image, 0, SIZE)).isEqualTo(before);
    }
  }

  static Stream<Arguments> ranges_outside_the_export() {
    return Stream.of(
        Arguments.of(SIZE, 1),
        Arguments.of(SIZE - 1L, 2),
        Arguments.of(SIZE - 4096L, 4097),
        Arguments.of(1L << 32, 4096),
        Arguments.of(1L << 62, 4096),
        Arguments.of(Long.MAX_VALUE, 1),
        Arguments.of(Long.MAX_VALUE - 4095, 4096),
        Arguments.of(Long.MIN_VALUE, 4096),
        Arguments.of(-1L, 1),
        Arguments.of(-4096L, 4096),
        Arguments.of(-4096L, 8192));
  }

  @ParameterizedTest
  @MethodSource("ranges_outside_the_export")
  void a_read_outside_the_export_is_invalid_and_the_connection_goes_on(long offset, int length)
      throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.error(0, Nbd.CMD_READ, offset, length)).isEqualTo(Nbd.EINVAL);
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @MethodSource("ranges_outside_the_export")
  void a_write_outside_the_export_is_refused_and_the_connection_goes_on(long offset, int length)
      throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.write(0, offset, new byte[length])).isIn(Nbd.ENOSPC, Nbd.EINVAL);
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @MethodSource("ranges_outside_the_export")
  void no_other_request_reaches_outside_the_export(long offset, int length) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      for (int type : new int[] {Nbd.CMD_TRIM, Nbd.CMD_CACHE, Nbd.CMD_WRITE_ZEROES}) {
        assertThat(client.error(0, type, offset, length))
            .as("request %d", type)
            .isIn(Nbd.EINVAL, Nbd.ENOSPC);
        assertThat(client.error(0, type, offset, 0xffffffff))
            .as("request %d of 4 GiB", type)
            .isIn(Nbd.EINVAL, Nbd.ENOSPC);
      }
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Images.MIB + 1, 2 * Images.MIB, 0x7fffffff, 0x80000000, 0xffffffff})
  void an_oversized_read_is_an_error_and_the_connection_goes_on(int length) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.error(0, Nbd.CMD_READ, 0, length)).isIn(Nbd.EINVAL, Nbd.EOVERFLOW);
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Images.MIB + 1, 0x7fffffff, 0x80000000, 0xffffffff})
  void an_oversized_write_is_an_error_or_a_closed_connection(int length) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      client.sendRequest(0, Nbd.CMD_WRITE, 77, 0, length);
      NbdClient.Reply reply;
      try {
        reply = client.receiveReply();
      } catch (IOException closed) {
        client.awaitClosedByServer();
        return;
      }
      assertThat(reply.cookie()).isEqualTo(77);
      assertThat(reply.error()).isIn(Nbd.EINVAL, Nbd.EOVERFLOW);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 99, 0x7fff, 0x8000, 0xffff})
  void an_unknown_request_is_invalid_and_the_connection_goes_on(int type) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.error(0, type, 0, 0)).isEqualTo(Nbd.EINVAL);
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 6, 1 << 10, 1 << 15, 0xff00})
  void unknown_flags_are_invalid_and_the_connection_goes_on(int flags) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.error(flags, Nbd.CMD_READ, 0, 512)).isEqualTo(Nbd.EINVAL);
      assertThat(client.error(flags, Nbd.CMD_WRITE_ZEROES, 0, 512)).isEqualTo(Nbd.EINVAL);
      assertThat(client.error(flags, Nbd.CMD_FLUSH, 0, 0)).isEqualTo(Nbd.EINVAL);
      assertGoesOn(client);
    }
  }

  @Test
  void a_write_with_unknown_flags_is_invalid_and_its_payload_is_no_request() throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.write(1 << 12, 0, new byte[4096])).isEqualTo(Nbd.EINVAL);
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Nbd.CMD_READ, Nbd.CMD_WRITE, Nbd.CMD_TRIM, Nbd.CMD_WRITE_ZEROES})
  void a_request_of_no_bytes_is_answered(int type) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.error(0, type, 0, 0)).isIn(0, Nbd.EINVAL);
      assertGoesOn(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 0x25609512, 0x67446698, 0xffffffff})
  void an_unknown_magic_closes_the_connection(int magic) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      ByteBuffer request = NbdClient.request(0, Nbd.CMD_READ, 1, 0, 512).putInt(0, magic);
      client.send(request.flip());
      client.awaitClosedByServer();
    }
  }

  @Test
  void a_goodbye_closes_the_connection_without_a_reply() throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      client.sendRequest(0, Nbd.CMD_DISC, 1, 0, 0);
      client.awaitClosedByServer();
    }
  }

  @Test
  void more_connections_than_allowed_are_closed_and_room_is_made_again() throws IOException {
    Path other = Images.random(directory.resolve("other.img"), SIZE, 23);
    try (DiskServer small =
            DiskServer.serve(
                other, "--connections", 2, "--threads", 1, "--handshake-timeout", 600);
        NbdClient first = NbdClient.ready(small.socket())) {
      try (NbdClient second = NbdClient.ready(small.socket());
          NbdClient third = NbdClient.connected(small.socket())) {
        third.awaitClosedByServer();
        assertThat(second.read(0, 512)).isEqualTo(Images.read(other, 0, 512));
      }
      awaitRoom(small);
      assertThat(first.read(0, 512)).isEqualTo(Images.read(other, 0, 512));
    }
  }

  private static void awaitRoom(DiskServer server) {
    Await.until(
        "a new client is served after one has left",
        DiskServer.STOP_LIMIT,
        () -> {
          try (NbdClient next = NbdClient.ready(server.socket())) {
            return next.read(0, 1).length == 1;
          } catch (IOException refused) {
            return false;
          }
        });
  }

  private void assertGoesOn(NbdClient client) throws IOException {
    byte[] expected = new byte[512];
    System.arraycopy(before, SIZE - 512, expected, 0, 512);
    assertThat(client.read(SIZE - 512, 512)).isEqualTo(expected);
  }
}
