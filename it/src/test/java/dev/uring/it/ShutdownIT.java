package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a server ends: what is in flight is finished, and nothing is left behind. */
class ShutdownIT {
  private static final int REQUESTS = 128;
  private static final int LENGTH = 64 * Images.KIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    image = Images.sparse(directory.resolve("disk.img"), (long) REQUESTS * LENGTH);
  }

  @Test
  void a_terminated_server_has_written_whatever_it_acknowledged() throws IOException {
    Set<Long> acknowledged = new TreeSet<>();
    try (DiskServer server = DiskServer.serve(image);
        NbdClient client = NbdClient.ready(server.socket())) {
      Thread sender = new Thread(() -> sendWrites(client), "sender");
      sender.start();
      takeReply(client, acknowledged);
      server.terminate();
      takeRepliesUntilClosed(client, acknowledged);
      server.awaitCleanEnd();
      assertThat(acknowledged).isNotEmpty();
    }
    for (long index : acknowledged) {
      assertThat(Images.read(image, index * LENGTH, LENGTH))
          .as("write %d, which was acknowledged", index)
          .isEqualTo(Images.pattern((int) index + 1, LENGTH));
    }
  }

  @Test
  void a_terminated_server_ends_though_clients_stay_connected_and_idle() throws IOException {
    try (DiskServer server = DiskServer.serve(image);
        NbdClient idle = NbdClient.ready(server.socket());
        NbdClient undecided = NbdClient.connected(server.socket());
        NbdClient halting = NbdClient.ready(server.socket())) {
      halting.send(ByteBuffer.allocate(5));
      idle.read(0, 1);
      server.terminate();
      server.awaitCleanEnd();
      idle.awaitClosedByServer();
      undecided.awaitClosedByServer();
    }
  }

  @Test
  void a_terminated_server_ends_though_a_client_never_reads_its_replies() throws IOException {
    try (DiskServer server = DiskServer.serve(image);
        NbdClient deaf = NbdClient.ready(server.socket())) {
      for (int cookie = 0; cookie < 64; cookie++) {
        deaf.sendRequest(0, Nbd.CMD_READ, cookie, 0, Images.MIB);
      }
      deaf.receive(16);
      server.terminate();
      server.awaitCleanEnd();
    }
  }

  @Test
  void an_interrupt_ends_it_as_cleanly() throws IOException {
    // A shell may start background jobs with SIGINT ignored, and children inherit that.
    List<String> wrapper = List.of("env", "--default-signal=INT");
    try (DiskServer server = DiskServer.serveUnder(wrapper, image);
        NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.write(0, 0, Images.pattern(9, LENGTH))).isZero();
      server.signal("INT");
      server.awaitCleanEnd();
    }
    assertThat(Images.read(image, 0, LENGTH)).isEqualTo(Images.pattern(9, LENGTH));
  }

  @Test
  void every_socket_it_made_is_removed() {
    Path second = directory.resolve("second");
    try (DiskServer server =
        DiskServer.serve(
            image, "--nbd", "unix:" + DiskServer.defaultSocket(image), "--nbd", "unix:" + second)) {
      assertThat(Files.exists(second)).isTrue();
      server.terminate();
      server.awaitCleanEnd();
    }
    assertThat(Files.exists(second)).isFalse();
  }

  private static void sendWrites(NbdClient client) {
    try {
      for (int i = 0; i < REQUESTS; i++) {
        client.sendRequest(0, Nbd.CMD_WRITE, i, (long) i * LENGTH, LENGTH);
        client.send(ByteBuffer.wrap(Images.pattern(i + 1, LENGTH)));
      }
    } catch (IOException closedByServer) {
      // A server that ends may refuse the rest; what it did acknowledge is what counts.
    }
  }

  private static void takeRepliesUntilClosed(NbdClient client, Set<Long> acknowledged) {
    try {
      for (int i = 1; i < REQUESTS; i++) {
        takeReply(client, acknowledged);
      }
    } catch (IOException closedByServer) {
      // As above.
    }
  }

  private static void takeReply(NbdClient client, Set<Long> acknowledged) throws IOException {
    NbdClient.Reply reply = client.receiveReply();
    assertThat(reply.error()).as("error of write %d", reply.cookie()).isIn(0, Nbd.ESHUTDOWN);
    if (reply.error() == 0) {
      acknowledged.add(reply.cookie());
    }
  }
}
