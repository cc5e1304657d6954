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

/** Clients that begin something and fall silent are closed; those that only rest are not. */
@Timeout(60)
class SilentClientIT {
  private static final int SIZE = 4 * Images.MIB;

  @TempDir private Path directory;
  private Path image;
  private byte[] before;
  private DiskServer server;

  @BeforeEach
  void serve() {
    image = Images.random(directory.resolve("disk.img"), SIZE, 24);
    before = Images.read(image, 0, SIZE);
    server = DiskServer.serve(image, "--handshake-timeout", 2, "--message-timeout", 1);
  }

  @AfterEach
  void the_next_client_is_served_and_the_image_is_as_it_was() throws IOException {
    try (DiskServer closing = server;
        NbdClient next = NbdClient.ready(closing.socket())) {
      assertThat(next.read(0, SIZE)).isEqualTo(before);
    }
  }

  @Test
  void a_client_that_says_nothing_is_closed() throws IOException {
    try (NbdClient client = NbdClient.connected(server.socket())) {
      client.awaitClosedByServer();
    }
  }

  @Test
  void a_client_that_stops_in_mid_option_is_closed() throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      client.send(ByteBuffer.allocate(9).putLong(Nbd.OPTION).put((byte) 0).flip());
      client.awaitClosedByServer();
    }
  }

  @Test
  void a_client_that_haggles_for_ever_is_closed() throws IOException {
    try (NbdClient client = NbdClient.greeted(server.socket())) {
      int answered = 0;
      try {
        while (!Thread.currentThread().isInterrupted()) {
          client.sendOption(99, ByteBuffer.allocate(0));
          client.receiveOptionReply();
          answered++;
        }
        throw new AssertionError("The server still answers after " + answered + " options.");
      } catch (IOException closed) {
        assertThat(answered).isPositive();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 27})
  void half_a_header_and_silence_close_the_connection(int bytes) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      client.send(NbdClient.request(0, Nbd.CMD_READ, 1, 0, 512).flip().limit(bytes));
      client.awaitClosedByServer();
    }
  }

  @Test
  void half_a_payload_and_silence_close_the_connection_and_write_no_more() throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      byte[] same = Images.read(image, 0, 100);
      client.sendRequest(0, Nbd.CMD_WRITE, 1, 0, 4096);
      client.send(ByteBuffer.wrap(same));
      client.awaitClosedByServer();
    }
  }

  @Test
  void a_connection_that_is_idle_between_messages_is_left_alone() throws IOException {
    try (NbdClient idle = NbdClient.ready(server.socket())) {
      idle.read(0, 512);
      for (int i = 0; i < 3; i++) {
        try (NbdClient halting = NbdClient.ready(server.socket())) {
          halting.send(ByteBuffer.allocate(1));
          halting.awaitClosedByServer();
        }
      }
      assertThat(idle.read(SIZE - 512, 512)).isEqualTo(Images.read(image, SIZE - 512, 512));
    }
  }
}
