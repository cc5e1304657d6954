package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.ErrorNumber;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class NbdServerTest {
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;

  private static NbdServerOptions options() {
    return NbdServerOptions.defaults();
  }

  private ServedDisk start(NbdServerOptions options) {
    return ServedDisk.start(directory, SIZE, ImageOptions.defaults(), options);
  }

  @Test
  void what_one_client_wrote_and_another_flushed_is_read_by_a_third() throws Exception {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE);
        NbdClient writer = disk.client();
        NbdClient flusher = disk.client();
        NbdClient reader = disk.client()) {
      ByteBuffer data = ByteBuffer.allocateDirect(10_000);
      data.putInt(0, 0x0123_4567).putInt(9_996, 0x89AB_CDEF);
      writer.write(777, data.duplicate(), 0);
      flusher.flush();
      ByteBuffer read = ByteBuffer.allocateDirect(10_000);
      reader.read(777, read);
      assertThat(read.getInt(0)).isEqualTo(0x0123_4567);
      assertThat(read.getInt(9_996)).isEqualTo(0x89AB_CDEF);
    }
  }

  @Test
  void a_client_that_asks_and_does_not_read_costs_its_budget_and_gets_everything_in_the_end()
      throws Exception {
    NbdServerOptions small = options().withMaximumRequest(64 * 1024).withInFlightBytes(1);
    int length = 64 * 1024;
    int requests = 500;
    try (ServedDisk disk = start(small);
        SocketChannel greedy = RawClient.enterTransmission(disk.address)) {
      Thread asking =
          new Thread(
              () -> {
                try {
                  for (int index = 0; index < requests; index++) {
                    RawClient.request(greedy, Command.READ, 0, index, 0, length);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      asking.start();
      try (NbdClient other = disk.client()) {
        other.write(0, ByteBuffer.allocateDirect(4096), 0);
      }
      for (int count = 0; count < requests; count++) {
        ByteBuffer header = RawClient.receive(greedy, NbdReply.SIMPLE_HEADER_BYTES);
        assertThat(NbdReply.error(header, 0)).isZero();
        RawClient.receive(greedy, length);
      }
      asking.join();
    }
  }

  @Test
  void errors_without_number_do_not_pile_up_in_front_of_a_client_that_does_not_read()
      throws Exception {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE);
        SocketChannel rude = RawClient.enterTransmission(disk.address)) {
      ByteBuffer many = ByteBuffer.allocate(NbdRequest.HEADER_BYTES * 1000);
      for (int index = 0; index < 1000; index++) {
        RawClient.putRequest(many, 77, 0, index, 0, 0);
      }
      rude.configureBlocking(false);
      long sent = 0;
      int refusals = 0;
      // The socket takes no more when the server has stopped reading: that is the point.
      while (refusals < 1000 && sent < 100_000_000) {
        int count = rude.write(many.rewind());
        sent += count;
        refusals = count < many.capacity() ? refusals + 1 : 0;
        if (count < many.capacity()) {
          many.rewind();
          Thread.onSpinWait();
          break;
        }
      }
      assertThat(sent).isLessThan(100_000_000);
      try (NbdClient other = disk.client()) {
        other.flush();
      }
    }
  }

  @Test
  void a_client_that_says_nothing_is_cut_off_and_so_is_one_that_stops_in_mid_message()
      throws Exception {
    NbdServerOptions impatient =
        options()
            .withHandshakeTimeout(Duration.ofMillis(50))
            .withMessageTimeout(Duration.ofMillis(50));
    try (ServedDisk disk = start(impatient)) {
      try (SocketChannel silent = RawClient.connect(disk.address)) {
        assertThat(RawClient.isEnded(silent)).isTrue();
      }
      try (SocketChannel half = RawClient.enterTransmission(disk.address)) {
        RawClient.send(half, ByteBuffer.allocate(4).putInt(NbdProtocol.Magic.REQUEST).flip());
        assertThat(RawClient.isEnded(half)).isTrue();
      }
      try (SocketChannel payload = RawClient.enterTransmission(disk.address)) {
        RawClient.request(payload, Command.WRITE, 0, 1, 0, 1 << 20);
        RawClient.send(payload, ByteBuffer.allocate(1000));
        assertThat(RawClient.isEnded(payload)).isTrue();
      }
      // Who says nothing between messages may do so for as long as it likes.
      try (SocketChannel idle = RawClient.enterTransmission(disk.address);
          SocketChannel silent = RawClient.connect(disk.address)) {
        assertThat(RawClient.isEnded(silent)).isTrue();
        RawClient.request(idle, Command.FLUSH, 0, 7, 0, 0);
        ByteBuffer reply = RawClient.receive(idle, NbdReply.SIMPLE_HEADER_BYTES);
        assertThat(NbdReply.cookie(reply, 0)).isEqualTo(7);
      }
    }
  }

  @Test
  void who_finds_all_memory_taken_by_others_is_told_so_and_served_when_it_is_free()
      throws Exception {
    NbdServerOptions tight =
        options().withThreads(1).withConnections(4).withMaximumRequest(1 << 20).withMemory(1);
    try (ServedDisk disk = start(tight);
        SocketChannel greedy = RawClient.enterTransmission(disk.address);
        SocketChannel late = RawClient.enterTransmission(disk.address)) {
      for (int index = 0; index < 8; index++) {
        RawClient.request(greedy, Command.READ, 0, index, 0, 1 << 20);
      }
      // The first reply has begun to arrive: the server holds that read's memory until it is sent.
      RawClient.receive(greedy, NbdReply.SIMPLE_HEADER_BYTES);
      RawClient.request(late, Command.READ, 0, 1, 0, 1 << 20);
      assertThat(reply(late)).isEqualTo("1:" + ErrorNumber.ENOMEM);
      RawClient.receive(greedy, 1 << 20);
      for (int index = 1; index < 8; index++) {
        RawClient.receive(greedy, NbdReply.SIMPLE_HEADER_BYTES + (1 << 20));
      }
      String answer = "";
      for (int attempt = 0; !answer.endsWith(":0") && attempt < 10_000; attempt++) {
        RawClient.request(late, Command.READ, 0, 2, 0, 1 << 20);
        answer = reply(late);
      }
      assertThat(answer).isEqualTo("2:0");
    }
  }

  @Test
  void a_client_whose_messages_all_arrive_in_pieces_is_not_cut_off() throws Exception {
    Duration timeout = Duration.ofMillis(300);
    try (ServedDisk disk = start(options().withMessageTimeout(timeout));
        SocketChannel client = RawClient.enterTransmission(disk.address)) {
      ByteBuffer two = ByteBuffer.allocate(2 * NbdRequest.HEADER_BYTES);
      RawClient.putRequest(two, Command.FLUSH, 0, 1, 0, 0);
      RawClient.putRequest(two, Command.FLUSH, 0, 1, 0, 0);
      int half = NbdRequest.HEADER_BYTES / 2;
      RawClient.send(client, two.slice(0, half));
      long end = System.nanoTime() + timeout.multipliedBy(3).toNanos();
      while (System.nanoTime() < end) {
        // The rest of one message and the beginning of the next: there is always one unfinished.
        RawClient.send(client, two.slice(half, NbdRequest.HEADER_BYTES));
        assertThat(reply(client)).isEqualTo("1:0");
      }
    }
  }

  @Test
  void one_connection_too_many_is_closed_and_a_place_that_was_left_is_taken_again()
      throws Exception {
    try (ServedDisk disk = start(options().withConnections(2))) {
      List<NbdClient> clients = new ArrayList<>(List.of(disk.client(), disk.client()));
      try (SocketChannel third = RawClient.connect(disk.address)) {
        assertThat(RawClient.isEnded(third)).isTrue();
      }
      for (int round = 0; round < 20; round++) {
        clients.remove(0).disconnect();
        clients.add(connectWhenThereIsRoom(disk));
        clients.get(1).flush();
      }
      for (NbdClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void a_burst_of_clients_that_leave_at_once_keeps_nobody_out() throws Exception {
    try (ServedDisk disk = start(options().withConnections(2))) {
      for (int round = 0; round < 20; round++) {
        for (int count = 0; count < 30; count++) {
          RawClient.connect(disk.address).close();
        }
        try (NbdClient client = disk.client()) {
          client.flush();
        }
      }
    }
  }

  /** The server notices a goodbye a moment after the client has said it. */
  private static NbdClient connectWhenThereIsRoom(ServedDisk disk) throws IOException {
    IOException last = null;
    for (int attempt = 0; attempt < 10_000; attempt++) {
      try {
        return disk.client();
      } catch (IOException e) {
        last = e;
      }
    }
    throw new IOException("no place became free", last);
  }

  @Test
  void a_refused_write_has_its_payload_thrown_away_and_the_connection_goes_on() throws Exception {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE);
        SocketChannel client = RawClient.enterTransmission(disk.address)) {
      RawClient.request(client, Command.WRITE, 0, 1, SIZE - 1000, 300_000);
      RawClient.send(client, ByteBuffer.allocate(300_000));
      RawClient.request(client, Command.READ, 0, 2, -1L, 512);
      RawClient.request(client, Command.FLUSH, 0, 3, 0, 0);
      assertThat(reply(client)).isEqualTo("1:" + ErrorNumber.ENOSPC);
      List<String> rest = List.of(reply(client), reply(client));
      assertThat(rest).containsExactlyInAnyOrder("2:" + ErrorNumber.EINVAL, "3:0");
    }
    assertThat(Files.size(directory.resolve("image"))).isEqualTo(SIZE);
  }

  private static String reply(SocketChannel client) throws IOException {
    ByteBuffer header = RawClient.receive(client, NbdReply.SIMPLE_HEADER_BYTES);
    return NbdReply.cookie(header, 0) + ":" + NbdReply.error(header, 0);
  }

  @Test
  void a_goodbye_does_not_cut_short_what_is_owed() throws Exception {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE);
        SocketChannel client = RawClient.enterTransmission(disk.address)) {
      for (int index = 0; index < 32; index++) {
        RawClient.request(client, Command.READ, 0, index, index * 65_536L, 65_536);
      }
      RawClient.request(client, Command.DISC, 0, 99, 0, 0);
      for (int index = 0; index < 32; index++) {
        RawClient.receive(client, NbdReply.SIMPLE_HEADER_BYTES + 65_536);
      }
      assertThat(RawClient.isEnded(client)).isTrue();
    }
  }

  @Test
  void stopping_finishes_what_was_asked_and_takes_the_name_away() throws Exception {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE)) {
      Path socket = directory.resolve("socket");
      assertThat(socket).exists();
      try (SocketChannel client = RawClient.enterTransmission(disk.address)) {
        RawClient.request(client, Command.WRITE, 0, 5, 0, 4);
        RawClient.send(client, ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
        assertThat(reply(client)).isEqualTo("5:0");
        assertThat(disk.server.stop()).isZero();
        assertThat(RawClient.isEnded(client)).isTrue();
      }
      assertThat(socket).doesNotExist();
    }
    byte[] content = Files.readAllBytes(directory.resolve("image"));
    assertThat(content).startsWith(1, 2, 3, 4);
  }

  @Test
  void a_read_only_disk_is_read_and_refuses_every_change() throws Exception {
    Files.write(directory.resolve("image"), new byte[4096]);
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withReadOnly(true));
    try (ServedDisk disk = ServedDisk.serve(directory, image, options());
        SocketChannel client = RawClient.enterTransmission(disk.address)) {
      assertThat(disk.server.allowlist().name()).hasValue("closed-block-server-read-only");
      RawClient.request(client, Command.READ, 0, 1, 0, 4096);
      RawClient.receive(client, NbdReply.SIMPLE_HEADER_BYTES + 4096);
      RawClient.request(client, Command.WRITE, 0, 2, 0, 512);
      RawClient.send(client, ByteBuffer.allocate(512));
      assertThat(reply(client)).isEqualTo("2:" + ErrorNumber.EPERM);
      RawClient.request(client, Command.FLUSH, 0, 3, 0, 0);
      assertThat(reply(client)).isEqualTo("3:0");
    }
  }

  @Test
  void an_address_that_a_living_server_has_is_refused() {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE)) {
      assertThatThrownBy(() -> NbdListener.open(disk.address)).isInstanceOf(UringException.class);
    }
  }

  @Test
  void a_file_that_was_cut_short_beneath_the_server_is_an_error_and_not_zeros() throws Exception {
    try (ServedDisk disk = ServedDisk.start(directory, SIZE);
        SocketChannel client = RawClient.enterTransmission(disk.address)) {
      try (var channel =
          java.nio.channels.FileChannel.open(
              directory.resolve("image"), java.nio.file.StandardOpenOption.WRITE)) {
        channel.truncate(4096);
      }
      RawClient.request(client, Command.READ, 0, 1, 2048, 4096);
      assertThat(reply(client)).isEqualTo("1:" + ErrorNumber.EIO);
      RawClient.request(client, Command.READ, 0, 2, 0, 16);
      assertThat(reply(client)).isEqualTo("2:0");
    }
  }
}
