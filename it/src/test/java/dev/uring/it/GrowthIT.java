package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory and descriptors of the server, seen from outside, over rounds of hostile clients. */
class GrowthIT {
  private static final int SIZE = 16 * Images.MIB;
  private static final long ALLOWED_GROWTH = 64L * Images.MIB;

  @TempDir private Path directory;

  @Test
  void rounds_of_hostile_clients_leave_memory_and_descriptors_where_they_were() throws IOException {
    assertNoGrowth(40);
  }

  @Test
  @Tag("long")
  @Timeout(1800)
  void thousands_of_rounds_leave_them_there_too() throws IOException {
    assertNoGrowth(2000);
  }

  @Test
  void clients_that_never_read_cannot_make_the_server_buffer_what_they_asked_for()
      throws IOException {
    Path image = Images.random(directory.resolve("disk.img"), SIZE, 31);
    List<NbdClient> greedy = new ArrayList<>();
    try (DiskServer server =
        DiskServer.serve(image, "--connections", 64, "--in-flight", "4M", "--max-request", "1M")) {
      warmUp(server);
      long memory = server.residentMemory();
      try {
        for (int i = 0; i < 16; i++) {
          NbdClient client = NbdClient.ready(server.socket());
          greedy.add(client);
          ByteBuffer requests = ByteBuffer.allocate(256 * 28);
          for (int cookie = 0; cookie < 256; cookie++) {
            requests.put(NbdClient.request(0, Nbd.CMD_READ, cookie, 0, Images.MIB).flip());
          }
          client.send(requests.flip());
        }
        for (NbdClient client : greedy) {
          client.receive(16);
        }
        try (NbdClient modest = NbdClient.ready(server.socket())) {
          assertThat(modest.read(0, 4096)).isEqualTo(Images.read(image, 0, 4096));
        }
        // They asked for 4 GiB; 16 connections may hold 4 MiB each.
        assertThat(server.residentMemory() - memory).isLessThan(64L * Images.MIB + ALLOWED_GROWTH);
      } finally {
        for (NbdClient client : greedy) {
          client.close();
        }
      }
    }
  }

  private void assertNoGrowth(int rounds) throws IOException {
    Path image = Images.random(directory.resolve("disk.img"), SIZE, 32);
    try (DiskServer server =
            DiskServer.serve(image, "--handshake-timeout", 5, "--message-timeout", 5);
        NbdClient witness = NbdClient.ready(server.socket())) {
      for (int seed = 0; seed < 10; seed++) {
        round(server, seed);
      }
      warmUp(server);
      Await.until("the first rounds are over", Duration.ofSeconds(30), () -> settled(server));
      int descriptors = server.descriptors();
      long memory = server.residentMemory();
      for (int seed = 10; seed < 10 + rounds; seed++) {
        round(server, seed);
      }
      Await.until(
          "descriptors are " + descriptors + " again",
          Duration.ofSeconds(30),
          () -> server.descriptors() <= descriptors);
      assertThat(server.residentMemory() - memory).isLessThan(ALLOWED_GROWTH);
      assertThat(witness.read(0, 4096)).isEqualTo(Images.read(image, 0, 4096));
    }
  }

  /** Whether two looks at the descriptors, some connections apart, agree. */
  private static boolean settled(DiskServer server) {
    try {
      int before = server.descriptors();
      for (int i = 0; i < 3; i++) {
        try (NbdClient client = NbdClient.ready(server.socket())) {
          client.read(0, 1);
        }
      }
      return server.descriptors() == before;
    } catch (IOException e) {
      return false;
    }
  }

  private static void warmUp(DiskServer server) throws IOException {
    try (NbdClient client = NbdClient.ready(server.socket())) {
      for (int i = 0; i < 200; i++) {
        client.read(0, Images.MIB);
      }
    }
  }

  /** One of each kind, the order and the lies following from the seed. */
  private static void round(DiskServer server, int seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 10; i++) {
      try (NbdClient client = NbdClient.greeted(server.socket())) {
        client.sendOptionHeader(Nbd.OPTION, random.nextInt(12), 0xffffffff - random.nextInt(1000));
      }
      try (NbdClient client = NbdClient.ready(server.socket())) {
        client.sendRequest(0, Nbd.CMD_WRITE, 1, 0, 0xffffffff - random.nextInt(1000));
        sendGarbage(client, random, 64 * Images.KIB);
      }
      try (NbdClient client = NbdClient.ready(server.socket())) {
        client.sendRequest(0, Nbd.CMD_READ, 1, 0, Images.MIB);
        client.sendRequest(0, Nbd.CMD_READ, 2, random.nextLong(), random.nextInt());
      }
      try (NbdClient client = NbdClient.ready(server.socket())) {
        client.send(NbdClient.request(0, Nbd.CMD_READ, 1, 0, 1).flip().limit(random.nextInt(28)));
      }
      NbdClient.connected(server.socket()).close();
    }
  }

  private static void sendGarbage(NbdClient client, Random random, int length) {
    byte[] garbage = new byte[length];
    random.nextBytes(garbage);
    try {
      client.send(ByteBuffer.wrap(garbage));
    } catch (IOException closedByServer) {
      // That is one of the two right answers; the other is to read on.
    }
  }
}
