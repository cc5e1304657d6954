package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients at the same time, well-behaved or killed. */
class ManyClientsIT {
  private static final int HALF = 64 * Images.MIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    image = Images.sparse(directory.resolve("disk.img"), 2L * HALF);
  }

  @Test
  void two_clients_that_write_disjoint_halves_at_once_both_get_what_they_wrote() {
    Tool.require("qemu-img");
    Path left = Images.random(directory.resolve("left.img"), HALF, 11);
    Path right = Images.random(directory.resolve("right.img"), HALF, 12);
    try (DiskServer server = DiskServer.serve(image);
        Running first = copyInto(server, left, 0);
        Running second = copyInto(server, right, HALF)) {
      assertThat(first.await(Duration.ofMinutes(2))).as(first.describe()).isZero();
      assertThat(second.await(Duration.ofMinutes(2))).as(second.describe()).isZero();
    }
    assertHolds(image, 0, left);
    assertHolds(image, HALF, right);
  }

  @Test
  void a_client_killed_in_flight_disturbs_no_other() throws IOException {
    Fio.require();
    try (DiskServer server = DiskServer.serve(image);
        Running steady =
            Tool.start(
                directory,
                "fio",
                Fio.arguments(server, "--rw=randwrite", "--bs=4k", "--size=64m"));
        NbdClient observer = NbdClient.ready(server.socket())) {
      for (int round = 0; round < 5; round++) {
        long offset = HALF + (long) round * Images.MIB;
        try (Running victim =
            Tool.start(
                directory,
                "fio",
                "--name=victim",
                "--ioengine=nbd",
                "--uri=" + server.uri(),
                "--iodepth=32",
                "--rw=randwrite",
                "--bs=4k",
                "--offset=" + offset,
                "--size=1m",
                "--time_based",
                "--runtime=120")) {
          Await.until(
              "the victim writes", Duration.ofSeconds(60), () -> isWritten(observer, offset));
          victim.kill();
        }
      }
      assertThat(steady.await(Duration.ofMinutes(2))).as(steady.describe()).isZero();
      assertThat(observer.read(0, 4096)).hasSize(4096);
    }
  }

  @Test
  void clients_that_leave_with_unread_replies_cost_the_server_no_descriptor() throws IOException {
    try (DiskServer server = DiskServer.serve(image)) {
      int before;
      try (NbdClient client = NbdClient.ready(server.socket())) {
        client.read(0, 1);
        before = server.descriptors();
      }
      for (int round = 0; round < 20; round++) {
        try (NbdClient rude = NbdClient.ready(server.socket())) {
          ByteBuffer burst = ByteBuffer.allocate(64 * 28);
          for (int i = 0; i < 64; i++) {
            burst.put(
                NbdClient.request(0, Nbd.CMD_READ, i, (long) i * Images.MIB, Images.MIB).flip());
          }
          rude.send(burst.flip());
          rude.receive(16);
        }
      }
      Await.until(
          "descriptors come back", Duration.ofSeconds(20), () -> server.descriptors() <= before);
    }
  }

  @Test
  void a_flush_on_one_connection_covers_what_another_was_told_is_written() throws IOException {
    byte[] data = Images.pattern(0x42, 64 * Images.KIB);
    try (DiskServer server = DiskServer.serve(image);
        NbdClient writer = NbdClient.ready(server.socket());
        NbdClient flusher = NbdClient.ready(server.socket())) {
      assertThat(writer.exportFlags() & 256).as("CAN_MULTI_CONN").isNotZero();
      assertThat(writer.write(0, 0, data)).isZero();
      assertThat(flusher.flush()).isZero();
      assertThat(flusher.read(0, data.length)).isEqualTo(data);
    }
  }

  @Test
  void many_connections_are_served_at_once() throws IOException {
    List<NbdClient> clients = new ArrayList<>();
    try (DiskServer server = DiskServer.serve(image, "--threads", 2)) {
      try {
        for (int i = 0; i < 16; i++) {
          clients.add(NbdClient.ready(server.socket()));
        }
        for (int i = 0; i < 16; i++) {
          assertThat(clients.get(i).write(0, i * 4096L, Images.pattern(i + 1, 4096))).isZero();
        }
        for (int i = 0; i < 16; i++) {
          assertThat(clients.get(15 - i).read(i * 4096L, 4096))
              .isEqualTo(Images.pattern(i + 1, 4096));
        }
      } finally {
        for (NbdClient client : clients) {
          client.close();
        }
      }
    }
  }

  private Running copyInto(DiskServer server, Path source, long offset) {
    String target =
        String.format(
            "driver=raw,offset=%d,size=%d,file.driver=nbd,file.server.type=unix,"
                + "file.server.path=%s",
            offset, HALF, server.socket());
    return Tool.start(
        directory, "qemu-img", "convert", "-n", "-f", "raw", "--target-image-opts", source, target);
  }

  private static void assertHolds(Path image, long offset, Path part) {
    for (int at = 0; at < HALF; at += Images.MIB) {
      assertThat(Images.read(image, offset + at, Images.MIB))
          .isEqualTo(Images.read(part, at, Images.MIB));
    }
  }

  private static boolean isWritten(NbdClient observer, long offset) {
    try {
      for (byte value : observer.read(offset, Images.MIB)) {
        if (value != 0) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
