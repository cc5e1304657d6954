package dev.uring.nbd;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.uring.nbd.NbdProtocol.CommandFlag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our client before a server that others wrote. */
@Timeout(120)
class NbdkitTest {

  @TempDir Path directory;
  private Process nbdkit;

  @AfterEach
  void stop() throws InterruptedException {
    if (nbdkit != null) {
      nbdkit.destroy();
      nbdkit.waitFor();
    }
  }

  /** Returns when nbdkit has written its process id, which it does once it can be connected to. */
  private NbdAddress serve(String... arguments) throws IOException, InterruptedException {
    Programs.require("nbdkit");
    Path socket = directory.resolve("kit.sock");
    Path ready = directory.resolve("pid");
    List<String> command =
        new ArrayList<>(List.of("nbdkit", "-f", "-U", socket.toString(), "-P", ready.toString()));
    command.addAll(List.of(arguments));
    try (WatchService watch = directory.getFileSystem().newWatchService()) {
      directory.register(watch, ENTRY_CREATE, ENTRY_MODIFY);
      nbdkit = new ProcessBuilder(command).inheritIO().start();
      while (!Files.exists(ready)) {
        WatchKey key = watch.poll(30, TimeUnit.SECONDS);
        assertThat(key).as("nbdkit is ready").isNotNull();
        key.reset();
      }
    }
    return new NbdAddress.Unix(socket.toString());
  }

  @Test
  void every_request_is_understood() throws Exception {
    NbdAddress address = serve("memory", "64M");
    byte[] bytes = new byte[300_001];
    new Random(3).nextBytes(bytes);
    try (NbdClient client = NbdClient.connect(address)) {
      assertThat(client.export().size()).isEqualTo(64 << 20);
      client.write(4095, ByteBuffer.wrap(bytes), CommandFlag.FUA);
      client.writeZeroes(8191, 1000, 0);
      client.cache(0, 1 << 20);
      client.flush();
      ByteBuffer read = ByteBuffer.allocate(bytes.length);
      client.read(4095, read);
      Arrays.fill(bytes, 4096, 5096, (byte) 0);
      assertThat(read.array()).isEqualTo(bytes);
      client.trim(0, 64 << 20, 0);
      client.read(4095, read.clear());
      assertThat(read.array()).containsOnly(0);
      assertThatExceptionOfType(NbdException.class)
          .isThrownBy(() -> client.read(64 << 20, ByteBuffer.allocate(1)))
          .satisfies(e -> assertThat(e.error()).isEqualTo(NbdProtocol.ErrorNumber.EINVAL));
      client.disconnect();
    }
    assertThat(NbdClient.list(address)).hasSize(1);
  }

  @Test
  void thirty_two_requests_in_flight_keep_their_data_apart() throws Exception {
    NbdAddress address = serve("pattern", "64M");
    try (NbdClient client = NbdClient.connect(address)) {
      NbdPipeline pipeline = client.pipeline(32, 4096);
      Random random = new Random(4);
      long[] offsets = new long[32];
      for (int i = 0; i < 5000; i++) {
        int slot = i < 32 ? i : pipeline.await();
        if (i >= 32) {
          // Every eight bytes of this disk are their own offset.
          assertThat(pipeline.buffer(slot).getLong(8)).isEqualTo(offsets[slot] + 8);
        }
        offsets[slot] = random.nextInt(16_000) * 4096L;
        pipeline.read(slot, offsets[slot], 4096);
      }
      while (pipeline.inFlight() > 0) {
        int slot = pipeline.await();
        assertThat(pipeline.error(slot)).isZero();
        assertThat(pipeline.buffer(slot).getLong(4088)).isEqualTo(offsets[slot] + 4088);
      }
    }
  }
}
