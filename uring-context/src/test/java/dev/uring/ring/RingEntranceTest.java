package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.UringCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thread that enters a ring often does so by an index of its own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingEntranceTest {
  private static final int OFTEN = 64;
  private static final long SECOND = 1_000_000_000L;

  private static int enter(Ring ring, RingEntrance entrance, String way) {
    Queues.nop(ring, 1);
    return switch (way) {
      case "submitting" -> entrance.enter(ring.publish());
      case "waiting" -> entrance.enterForEvents(ring.publish(), 1);
      default -> entrance.enterForEvents(ring.publish(), 1, SECOND);
    };
  }

  private static void comeOften(Ring ring, RingEntrance entrance) {
    for (int call = 0; call < OFTEN; call++) {
      assertThat(enter(ring, entrance, "waiting")).isOne();
      assertThat(Queues.reap(ring)).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"submitting", "waiting", "waiting for so long"})
  void who_comes_often_needs_the_descriptor_no_more(String way) {
    Ring ring = Ring.builder(4).build();
    try {
      RingEntrance entrance = ring.newEntrance(true);
      for (int call = 1; call < OFTEN; call++) {
        assertThat(enter(ring, entrance, way)).isOne();
        assertThat(Queues.reap(ring)).hasSize(1);
      }
      assertThat(HeldIndices.count()).isZero();
      assertThat(enter(ring, entrance, way)).isOne();
      assertThat(HeldIndices.count()).isOne();
      // Without its descriptor only the index is left.
      assertThat(UringCalls.close(ring.descriptor())).isZero();
      assertThat(enter(ring, entrance, "submitting")).isOne();
      assertThat(enter(ring, entrance, "waiting")).isOne();
      assertThat(enter(ring, entrance, "waiting for so long")).isOne();
      assertThat(Queues.reap(ring)).hasSize(4);
    } finally {
      ring.close();
    }
  }

  @Test
  void what_was_given_back_is_not_registered_again() {
    try (Ring ring = Ring.builder(4).build()) {
      RingEntrance entrance = ring.newEntrance(true);
      comeOften(ring, entrance);
      assertThat(enter(ring, entrance, "waiting for so long")).isOne();
      entrance.giveBack();
      entrance.giveBack();
      assertThat(HeldIndices.count()).isZero();
      assertThat(enter(ring, entrance, "waiting for so long")).isOne();
      assertThat(Queues.reap(ring)).hasSize(2);
      comeOften(ring, entrance);
      RingEntrance early = ring.newEntrance(true);
      early.giveBack();
      comeOften(ring, early);
      assertThat(HeldIndices.count()).isZero();
    }
  }

  @Test
  void who_may_not_register_goes_by_the_descriptor() {
    try (Ring ring = Ring.builder(4).build();
        Ring polled = Ring.builder(4).polledSubmission(1).build()) {
      comeOften(ring, ring.newEntrance(false));
      RingEntrance entrance = polled.newEntrance(true);
      for (int call = 0; call < OFTEN; call++) {
        assertThat(entrance.enter(0)).isNotNegative();
      }
      assertThat(HeldIndices.count()).isZero();
    }
  }

  @Test
  void where_all_indices_are_taken_it_goes_on_by_the_descriptor() {
    try (Ring ring = Ring.builder(4).build()) {
      RingEntrance entrance = ring.newEntrance(true);
      HeldIndices.takeAllDuring(() -> comeOften(ring, entrance));
      comeOften(ring, entrance);
      assertThat(HeldIndices.count()).isZero();
    }
  }

  @Test
  void the_owner_of_a_ring_goes_by_its_index_from_the_first_call() {
    try (Ring ring = Ring.builder(4).ownedByThisThread().build()) {
      RingEntrance entrance = ring.newEntrance(false);
      entrance.giveBack();
      assertThat(HeldIndices.count()).isOne();
      assertThat(UringCalls.close(ring.descriptor())).isZero();
      assertThat(enter(ring, entrance, "waiting")).isOne();
    }
  }

  @Test
  void closing_gives_the_closing_threads_own_back_and_no_others() throws Exception {
    Ring other = Ring.builder(4).build();
    try (other) {
      comeOften(other, other.newEntrance(true));
      Ring ring = Ring.builder(4).build();
      comeOften(ring, ring.newEntrance(true));
      assertThat(HeldIndices.count()).isEqualTo(2);
      ring.close();
      assertThat(HeldIndices.count()).isOne();
    }
    assertThat(HeldIndices.count()).isZero();
  }

  @Test
  void a_ring_that_another_thread_closed_is_let_go_of_with_the_next_that_is_registered()
      throws Exception {
    long pinned = pinnedKilobytes();
    Ring closed = Ring.builder(4).build();
    ByteBuffer memory = Native.bytes(32 * 1024);
    closed
        .registrar()
        .buffers()
        .register(new long[] {NativeAddress.of(memory)}, new int[] {memory.capacity()});
    assertThat(pinnedKilobytes()).isGreaterThan(pinned + 16);
    comeOften(closed, closed.newEntrance(true));
    FutureTask<Void> closing = new FutureTask<>(closed::close, null);
    new Thread(closing).start();
    closing.get();
    assertThat(HeldIndices.count()).isOne();
    assertThat(pinnedKilobytes()).as("what a ring that lives on keeps").isLessThan(pinned + 16);
    try (Ring ring = Ring.builder(4).ownedByThisThread().build()) {
      assertThat(HeldIndices.count()).as("the new one only").isOne();
      assertThat(ring.isClosed()).isFalse();
    }
    assertThat(HeldIndices.count()).isZero();
  }

  private static long pinnedKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmPin:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_half_lets_go_when_its_thread_closes_the_ring() {
    try (Ring ring = Ring.builder(4).build()) {
      RingHalves halves = ring.split();
      halves.submitting().registerDescriptor();
      halves.reaping().registerDescriptor();
      assertThat(HeldIndices.count()).isEqualTo(2);
    }
    assertThat(HeldIndices.count()).isZero();
  }
}
