package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that follow from a seed and from nothing else. */
class FuzzIT {
  private static final int SIZE = 4 * Images.MIB;

  @TempDir private Path directory;

  @Test
  void random_bytes_never_end_the_server_nor_reach_a_read_only_image() throws IOException {
    fuzz(500);
  }

  @Test
  @Tag("long")
  @Timeout(3600)
  void a_great_many_random_bytes_neither() throws IOException {
    fuzz(200_000);
  }

  private void fuzz(int rounds) throws IOException {
    Path image = Images.random(directory.resolve("disk.img"), SIZE, 41);
    byte[] before = Images.read(image, 0, SIZE);
    try (DiskServer server =
            DiskServer.serve(image, "--read-only", "--message-timeout", 2, "--max-request", "1M");
        NbdClient witness = NbdClient.ready(server.socket())) {
      for (int seed = 0; seed < rounds; seed++) {
        attack(server, new Random(seed));
        assertThat(witness.read(seed % SIZE, 1)).as("after seed %d", seed).hasSize(1);
      }
      try (NbdClient next = NbdClient.ready(server.socket())) {
        assertThat(next.read(0, 4096)).isEqualTo(Images.read(image, 0, 4096));
      }
    }
    assertThat(Images.read(image, 0, SIZE)).isEqualTo(before);
  }

  private static void attack(DiskServer server, Random random) throws IOException {
    boolean chosen = random.nextBoolean();
    try (NbdClient client =
        chosen ? NbdClient.ready(server.socket()) : NbdClient.greeted(server.socket())) {
      int messages = 1 + random.nextInt(8);
      for (int i = 0; i < messages; i++) {
        client.send(chosen ? request(random) : option(random));
      }
    } catch (IOException closedByServer) {
      // That is a right answer to anything: what counts is that the witness is served.
    }
  }

  /** Mostly a request in form, one field at a time out of it. */
  private static ByteBuffer request(Random random) {
    ByteBuffer request =
        NbdClient.request(
            random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(4),
            random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(8),
            random.nextLong(),
            random.nextBoolean() ? random.nextInt(SIZE) : random.nextLong(),
            random.nextBoolean() ? random.nextInt(8192) : random.nextInt());
    if (random.nextInt(16) == 0) {
      request.put(random.nextInt(28), (byte) random.nextInt());
    }
    request.flip();
    return random.nextInt(8) == 0 ? request.limit(random.nextInt(28)) : request;
  }

  private static ByteBuffer option(Random random) {
    byte[] data = new byte[random.nextInt(64)];
    random.nextBytes(data);
    int length = random.nextInt(4) == 0 ? random.nextInt() : data.length;
    return ByteBuffer.allocate(16 + data.length)
        .putLong(Nbd.OPTION)
        .putInt(random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(12))
        .putInt(length)
        .put(data)
        .flip();
  }
}
