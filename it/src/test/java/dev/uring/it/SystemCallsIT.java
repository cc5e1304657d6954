package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private static final int WINDOWS = 12;

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
      Map<String, Integer> calls = Map.of();
      try (Running strace = attach(server, log)) {
        // Being traced is new to the program: its compiler wakes once more, and with it futex. What
        // is claimed is that ten thousand requests need nothing else, so one clean window shows it.
        for (int window = 0; window < WINDOWS && !isClean(calls); window++) {
          int before = lines(log).size();
          drive(client, REQUESTS);
          List<String> after = lines(log);
          String text = String.join("\n", after.subList(before, after.size() - 1));
          calls = StraceLog.calls(text, loops);
        }
        strace.signal("INT");
        strace.await(Duration.ofSeconds(30));
      }
      assertThat(calls).containsOnlyKeys("io_uring_enter");
      assertThat(calls.get("io_uring_enter")).isPositive();
    }
  }

  private static boolean isClean(Map<String, Integer> calls) {
    return calls.keySet().equals(Set.of("io_uring_enter"));
  }

  private static List<String> lines(Path log) throws IOException {
    return Files.exists(log) ? Files.readAllLines(log) : List.of("");
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
