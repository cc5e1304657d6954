package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no good client sends before the export is chosen. Each is answered with the protocol's error
 * or a closed connection, and after each the next client is served. The server's patience is made
 * longer than the test's, so that no time-out passes for an answer.
 */
@Timeout(60)
class HostileHandshakeIT {
  private static final int SIZE = 4 * Images.MIB;

  @TempDir private Path directory;
  private DiskServer server;

  @BeforeEach
  void serve() {
    server =
        DiskServer.serve(
            Images.random(directory.resolve("disk.img"), SIZE, 21), "--handshake-timeout", 600);
  }

  @AfterEach
  void the_next_client_is_served() throws IOException {
    try (DiskServer closing = server;
        NbdClient next = NbdClient.ready(closing.socket())) {
      assertThat(next.exportSize()).isEqualTo(SIZE);
      assertThat(next.read(SIZE - 1, 1)).hasSize(1);
    }
  }

  @Test
  void client_flags_that_nobody_knows_close_the_connection() throws IOException {
    try (NbdClient client = NbdClient.connected(server.socket())) {
      client.greet(0xdead_0003);
      client.awaitClosedByServer();
    }
  }

  @Test
  void an_option_with_the_wrong_magic_closes_the_connection() throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.sendOptionHeader(0x0123456789abcdefL, Nbd.OPT_GO, 0);
      client.awaitClosedByServer();
    }
  }

  @Test
  void another_protocol_closes_the_connection() throws IOException {
    try (NbdClient client = NbdClient.connected(server.socket())) {
      client.sendText("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
      client.awaitClosedByServer();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 99, 0x7fffffff, 0x80000000, 0xffffffff})
  void an_unknown_option_is_unsupported_and_the_next_one_works(int option) throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.sendOption(option, ByteBuffer.wrap(new byte[17]));
      NbdClient.OptionReply reply = client.receiveOptionReply();
      assertThat(reply.option()).isEqualTo(option);
      assertThat(reply.type()).isEqualTo(Nbd.REP_ERR_UNSUP);
      client.go();
      assertThat(client.exportSize()).isEqualTo(SIZE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, Nbd.OPT_ABORT, Nbd.OPT_LIST, Nbd.OPT_INFO, Nbd.OPT_GO, 99})
  void an_option_of_4_GiB_is_an_error_or_a_closed_connection(int option) throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.sendOptionHeader(Nbd.OPTION, option, 0xffffffff);
      assertRefused(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0x7fffffff, 0x80000000, 0xffffffff})
  void a_name_longer_than_its_option_is_an_error_or_a_closed_connection(int nameLength)
      throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      ByteBuffer data = ByteBuffer.allocate(6).putInt(nameLength).putShort((short) 0).flip();
      client.sendOption(Nbd.OPT_GO, data);
      assertRefused(client);
    }
  }

  @Test
  void more_information_requests_than_the_option_holds_are_an_error() throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      ByteBuffer data = ByteBuffer.allocate(8).putInt(0).putShort((short) 0xffff);
      client.sendOption(Nbd.OPT_GO, data.putShort((short) Nbd.INFO_BLOCK_SIZE).flip());
      assertRefused(client);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5})
  void an_option_too_short_to_mean_anything_is_an_error(int length) throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.sendOption(Nbd.OPT_INFO, ByteBuffer.allocate(length));
      assertRefused(client);
    }
  }

  @Test
  void a_list_that_carries_data_is_invalid() throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.sendOption(Nbd.OPT_LIST, ByteBuffer.allocate(8));
      assertThat(client.receiveOptionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
    }
  }

  @Test
  void an_abort_is_acknowledged_and_closed() throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.sendOption(Nbd.OPT_ABORT, ByteBuffer.allocate(0));
      assertThat(client.receiveOptionReply().type()).isEqualTo(Nbd.REP_ACK);
      client.awaitClosedByServer();
    }
  }

  @Test
  void two_hundred_clients_that_connect_and_leave_cost_nothing() throws IOException {
    for (int i = 0; i < 200; i++) {
      NbdClient.connected(server.socket()).close();
    }
  }

  private static void assertRefused(NbdClient client) throws IOException {
    NbdClient.OptionReply reply;
    try {
      reply = client.receiveOptionReply();
    } catch (IOException closed) {
      client.awaitClosedByServer();
      return;
    }
    assertThat(reply.isError()).as("type %#x", reply.type()).isTrue();
  }
}
