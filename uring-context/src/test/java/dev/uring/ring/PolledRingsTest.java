package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings with a kernel thread that submits, and rings that poll devices. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolledRingsTest {
  @TempDir Path directory;

  /** The kernel threads of this process that poll submission queues. */
  private static Set<Path> pollers() throws IOException {
    Set<Path> found = new HashSet<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        if (line(thread, "stat", "").contains("(iou-sqp-")) {
          found.add(thread);
        }
      }
    }
    return found;
  }

  private static String line(Path thread, String file, String prefix) {
    try (Stream<String> lines = Files.lines(thread.resolve(file))) {
      return lines.filter(line -> line.startsWith(prefix)).findFirst().orElse("");
    } catch (IOException | java.io.UncheckedIOException e) {
      // The thread has ended since.
      return "";
    }
  }

  private static Path onlyNew(Set<Path> before) throws IOException {
    Set<Path> now = pollers();
    now.removeAll(before);
    while (now.isEmpty()) {
      // It gives itself its name a moment after the ring is there.
      now = pollers();
      now.removeAll(before);
    }
    assertThat(now).hasSize(1);
    return now.iterator().next();
  }

  private static void untilItSleeps(Path poller) {
    while (!line(poller, "stat", "").contains(") S ")) {
      Thread.onSpinWait();
    }
  }

  private static List<String> take(Ring ring, int count) {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.addAll(Queues.reap(ring));
    }
    return taken;
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void the_kernel_thread_submits_and_is_woken_each_time_it_sleeps(Layout layout)
      throws IOException {
    Set<Path> before = pollers();
    try (Ring ring = layout.builder(4).polledSubmission(1).build()) {
      Path poller = onlyNew(before);
      for (int round = 0; round < 20; round++) {
        untilItSleeps(poller);
        Queues.nop(ring, round);
        assertThat(ring.submit()).isNotNegative();
        // Nobody enters from here on: without the wake-up this would spin for ever.
        assertThat(take(ring, 1)).containsExactly(round + ":0");
      }
    }
  }

  @Test
  void no_wake_up_is_lost_at_any_moment_of_falling_asleep() {
    // A millisecond of idling, and submissions about as far apart: they meet every state.
    try (Ring ring = Ring.builder(4).polledSubmission(1).build()) {
      for (int round = 0; round < 300; round++) {
        long until = System.nanoTime() + 3_990_000 + round * 500L;
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        Queues.nop(ring, round);
        assertThat(ring.submit()).isNotNegative();
        assertThat(take(ring, 1)).containsExactly(round + ":0");
      }
    }
  }

  @Test
  void room_is_awaited_while_the_kernel_thread_works_through_a_full_queue() {
    int requests = 20_000;
    try (Ring ring = Ring.builder(4).polledSubmission(1).completionEntries(65_536).build()) {
      for (int next = 0; next < requests; next++) {
        while (ring.submission().room() == 0) {
          assertThat(ring.awaitRoom()).isNotNegative();
        }
        Queues.nop(ring, next);
        assertThat(ring.submit()).isNotNegative();
      }
      List<String> taken = take(ring, requests);
      assertThat(taken).hasSize(requests).first().isEqualTo("0:0");
      assertThat(taken.get(requests - 1)).isEqualTo(requests - 1 + ":0");
    }
    try (Ring ring = Ring.builder(4).build()) {
      assertThatThrownBy(ring::awaitRoom).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void the_kernel_thread_is_bound_to_the_processor_that_was_named() throws IOException {
    Set<Path> before = pollers();
    int last = Runtime.getRuntime().availableProcessors() - 1;
    try (Ring ring = Ring.builder(4).polledSubmission(100, last).build()) {
      assertThat(ring.setupFlags()).contains(SetupFlag.SQ_AFF);
      assertThat(line(onlyNew(before), "status", "Cpus_allowed_list:")).endsWith("\t" + last);
    }
    assertThatThrownBy(() -> Ring.builder(4).polledSubmission(100, 100_000).build())
        .isInstanceOf(UringException.class)
        .hasMessageContaining("EINVAL");
  }

  @Test
  void a_ring_that_shares_workers_shares_the_kernel_thread_and_outlives_the_other()
      throws IOException {
    Set<Path> before = pollers();
    Ring first = Ring.builder(4).polledSubmission(1).build();
    try (Ring second = Ring.builder(4).polledSubmission(1).shareWorkers(first).build()) {
      Path poller = onlyNew(before);
      for (Ring ring : List.of(first, second)) {
        Queues.nop(ring, 1);
        assertThat(ring.submit()).isNotNegative();
        assertThat(take(ring, 1)).containsExactly("1:0");
      }
      first.close();
      untilItSleeps(poller);
      Queues.nop(second, 2);
      assertThat(second.submit()).isNotNegative();
      assertThat(take(second, 1)).containsExactly("2:0");
      RingBuilder late = Ring.builder(4).shareWorkers(first);
      assertThatThrownBy(late::build).isInstanceOf(IllegalStateException.class);
    } finally {
      first.close();
    }
  }

  @Test
  void rings_without_a_kernel_thread_may_be_attached_too() {
    try (Ring first = Ring.builder(4).build();
        Ring second = Ring.builder(4).shareWorkers(first).build()) {
      assertThat(second.setupFlags()).contains(SetupFlag.ATTACH_WQ);
      Queues.nop(second, 1);
      assertThat(Queues.result(second)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_ring_that_polls_reads_from_a_device_that_can_be_polled(boolean hybrid) throws IOException {
    Path path = Files.write(directory.resolve("data"), new byte[8192]);
    int fd =
        FileCalls.open(
            (path + "\0").getBytes(StandardCharsets.UTF_8), FileCalls.O_CLOEXEC | openDirect(), 0);
    assumeTrue(fd >= 0, "skipped: no O_DIRECT on the file system of the temporary directory");
    ByteBuffer memory = Native.pages(1);
    RingBuilder builder = Ring.builder(4);
    try (Ring ring = (hybrid ? builder.hybridPolledIo() : builder.polledIo()).build()) {
      assertThat(ring.setupFlags()).contains(SetupFlag.IOPOLL);
      assertThat(ring.setupFlags().contains(SetupFlag.HYBRID_IOPOLL)).isEqualTo(hybrid);
      FileRequests.read(Queues.next(ring), fd, NativeAddress.of(memory), 4096, 0);
      int result = Queues.result(ring);
      assumeTrue(result != -Errno.EOPNOTSUPP, "skipped: no polled device");
      assertThat(result).isEqualTo(4096);
    } finally {
      FileCalls.close(fd);
    }
  }

  private static int openDirect() {
    return dev.uring.sys.Abi.current().openDirect();
  }

  @Test
  void a_ring_that_polls_refuses_what_cannot_be_polled() {
    try (Ring ring = Ring.builder(4).polledIo().build();
        Native.Pipe pipe = new Native.Pipe()) {
      ByteBuffer memory = Native.bytes(8);
      FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 1, 0);
      assertThat(Queues.result(ring)).isIn(-Errno.EOPNOTSUPP, -Errno.EINVAL);
    }
  }

  @Test
  void who_waits_for_room_wakes_the_thread_that_makes_it() {
    try (Ring ring = Ring.builder(4).polledSubmission(1).build()) {
      while (ring.wakeFlag().isEmpty()) {
        Thread.onSpinWait();
      }
      for (int number = 1; number <= 4; number++) {
        Queues.nop(ring, number);
      }
      assertThat(ring.awaitRoom()).isNotNegative();
      assertThat(Queues.take(ring, 4)).containsExactly("1:0", "2:0", "3:0", "4:0");
    }
  }
}
