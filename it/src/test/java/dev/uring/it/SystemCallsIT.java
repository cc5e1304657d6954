package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the loop threads ask of the kernel, seen by {@code strace}. */
class SystemCallsIT {
  private static final String LOOP_THREADS = "uring-loop-";
  private static final int SIZE = 64 * Images.MIB;
  private static final int DEPTH = 16;
  private static final int LENGTH = 4 * Images.KIB;
  private static final int WARM_UP = 200_000;
  private static final int REQUESTS = 10_000;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    Tool.require("strace");
    image = Images.random(directory.resolve("disk.img"), SIZE, 111);
  }

  @Test
  void over_ten_thousand_requests_loop_threads_enter_the_ring_and_do_nothing_else()
      throws IOException {
    try (DiskServer server = DiskServer.serve(image, "--threads", 1);
        NbdClient client = NbdClient.ready(server.socket())) {
      List<Long> loops = server.threads(LOOP_THREADS);
      assertThat(loops).as("threads named %s…", LOOP_THREADS).isNotEmpty();
      drive(client, WARM_UP);
      Path log = directory.resolve("strace.log");
      try (Running strace = attach(server, log)) {
        drive(client, REQUESTS);
        strace.signal("INT");
        strace.await(Duration.ofSeconds(30));
      }
      Map<String, Integer> calls = StraceLog.calls(Files.readString(log), loops);
      assertThat(calls).containsOnlyKeys("io_uring_enter");
      assertThat(calls.get("io_uring_enter")).isPositive();
    }
  }

  /** Half reads, half writes, at a depth that keeps the loop from sleeping after each. */
  private static void drive(NbdClient client, int requests) throws IOException {
    byte[] data = Images.pattern(0x11, LENGTH);
    for (int done = 0; done < requests; done += DEPTH) {
      ByteBuffer burst = ByteBuffer.allocate(DEPTH * (28 + LENGTH));
      for (int i = 0; i < DEPTH; i++) {
        long offset = (done + i) * (long) LENGTH % SIZE;
        boolean write = i % 2 == 0;
        int type = write ? Nbd.CMD_WRITE : Nbd.CMD_READ;
        burst.put(NbdClient.request(0, type, i, offset, LENGTH).flip());
        if (write) {
          burst.put(data);
        }
      }
      client.send(burst.flip());
      for (int i = 0; i < DEPTH; i++) {
        NbdClient.Reply reply = client.receiveReply();
        assertThat(reply.error()).isZero();
        if (reply.cookie() % 2 == 1) {
          client.receive(LENGTH);
        }
      }
    }
  }

  private Running attach(DiskServer server, Path log) {
    Running strace = Tool.start(directory, "strace", "-f", "-p", server.pid(), "-o", log);
    boolean attached =
        Await.holds(
            Duration.ofSeconds(30),
            () -> strace.errors().contains("attached") || !strace.isAlive());
    if (attached && strace.isAlive() && !strace.errors().contains("not permitted")) {
      return strace;
    }
    String errors = strace.errors().strip();
    strace.close();
    if (errors.contains("not permitted")) {
      Assumptions.abort("skipped: ptrace is not permitted: " + errors);
    }
    throw new AssertionError("strace did not attach: " + errors);
  }
}
