package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.Native.Pipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel's worker threads: how many, and on which processors. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersTest {

  @Test
  void limits_are_told_and_set_one_by_one() {
    try (Ring ring = Ring.builder(4).build()) {
      Workers workers = ring.registrar().workers();
      Workers.Limits before = workers.limits();
      assertThat(before.bounded()).isPositive();

      assertThat(workers.limit(new Workers.Limits(3, 0))).isEqualTo(before);
      assertThat(workers.limits()).isEqualTo(new Workers.Limits(3, before.unbounded()));
      assertThat(workers.limit(new Workers.Limits(0, 5)))
          .isEqualTo(new Workers.Limits(3, before.unbounded()));
      assertThat(workers.limits()).isEqualTo(new Workers.Limits(3, 5));
      assertThatThrownBy(() -> workers.limit(new Workers.Limits(-1, 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void workers_run_where_they_were_bound_until_they_are_let_go() throws IOException {
    String all = allowed(Path.of("/proc/thread-self"));
    assumeTrue(!all.equals("0"), "skipped: there is one processor only");
    ByteBuffer memory = Native.bytes(8);
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      ring.registrar().workers().affinity(0);
      RingRequests.nop(Queues.next(ring)).flag(EntryFlag.ASYNC);
      assertThat(Queues.result(ring)).isZero();
      assertThat(ownWorkers()).isNotEmpty().allMatch(worker -> allowed(worker).equals("0"));
      ring.registrar().workers().resetAffinity();
      // A thread that is there stays where it is; another kind of work starts another thread.
      FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 1, 0)
          .flag(EntryFlag.ASYNC);
      assertThat(ring.submit()).isEqualTo(1);
      while (ownWorkers().stream().noneMatch(worker -> allowed(worker).equals(all))) {
        Thread.onSpinWait();
      }
      pipe.write("x");
      assertThat(Queues.result(ring)).isEqualTo(1);
      assertThatThrownBy(() -> ring.registrar().workers().affinity(-1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Workers carry the number of the thread that they work for. */
  private static List<Path> ownWorkers() throws IOException {
    String name = "iou-wrk-" + Native.C.gettid();
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads.filter(thread -> read(thread.resolve("comm")).strip().equals(name)).toList();
    }
  }

  private static String allowed(Path thread) {
    return read(thread.resolve("status"))
        .lines()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.substring("Cpus_allowed_list:".length()).strip())
        .findFirst()
        .orElse("");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      if (!Files.exists(file)) {
        return "";
      }
      throw new UncheckedIOException(e);
    }
  }
}
