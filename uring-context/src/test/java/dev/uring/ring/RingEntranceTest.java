package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
      Native.coverDescriptor(ring);
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
      Native.coverDescriptor(ring);
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
    Ring closed = Ring.builder(4).build();
    comeOften(closed, closed.newEntrance(true));
    closeElsewhere(closed);
    assertThat(HeldIndices.count()).isOne();
    try (Ring ring = Ring.builder(4).ownedByThisThread().build()) {
      assertThat(HeldIndices.count()).as("the new one only").isOne();
      assertThat(ring.isClosed()).isFalse();
    }
    assertThat(HeldIndices.count()).isZero();
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

  private static void closeElsewhere(Ring ring) throws Exception {
    FutureTask<Void> closing = new FutureTask<>(ring::close, null);
    new Thread(closing).start();
    closing.get();
  }

  @Test
  void who_comes_too_late_to_give_back_does_so_with_the_next() throws Exception {
    Ring closed = Ring.builder(4).build();
    RingEntrance entrance = closed.newEntrance(true);
    comeOften(closed, entrance);
    Ring halved = Ring.builder(4).build();
    RingHalves halves = halved.split();
    halves.submitting().registerDescriptor();
    closeElsewhere(closed);
    closeElsewhere(halved);
    entrance.giveBack();
    assertThatThrownBy(() -> halves.submitting().unregisterDescriptor())
        .isInstanceOf(UringException.class);
    assertThat(HeldIndices.count()).isEqualTo(2);
    try (Ring ring = Ring.builder(4).build()) {
      int index = ring.registrar().descriptors().register();
      assertThat(HeldIndices.count()).as("the new one only").isOne();
      ring.registrar().descriptors().unregister(index);
    }
    assertThat(HeldIndices.count()).isZero();
  }

  @Test
  void a_wait_of_a_half_goes_by_the_descriptor_when_the_index_was_given_back() {
    try (Ring first = Ring.builder(4).build()) {
      ReapingHalf half = first.split().reaping();
      half.registerDescriptor();
      ExtendedWait wait = half.newExtendedWait();
      half.unregisterDescriptor();
      try (Ring second = Ring.builder(4).ownedByThisThread().build()) {
        Queues.nop(second, 1);
        second.publish();
        assertThat(wait.enter(1, 0)).as("entries of the first").isZero();
        assertThat(second.submission().pending()).isOne();
      }
    }
  }

  @Test
  void a_ring_without_descriptor_that_another_thread_closes_leaves_that_threads_rings_alone()
      throws Exception {
    Ring elsewhere = withoutDescriptor();
    FutureTask<Integer> closing =
        new FutureTask<>(
            () -> {
              try (Ring own = Ring.builder(4).ownedByThisThread().build()) {
                own.registrar().files().register(new int[] {-1});
                elsewhere.close();
                return own.registrar().files().tryUnregister();
              }
            });
    new Thread(closing).start();
    assertThat(closing.get()).isZero();
    assertThat(HeldIndices.count()).isOne();
    withoutDescriptor().close();
    assertThat(HeldIndices.count()).isZero();
  }

  private static Ring withoutDescriptor() {
    RingBuilder builder = Ring.builder(4);
    RingMemorySize size = builder.memorySize();
    return builder
        .inMemory(Native.pagesFor(size.ringBytes()), Native.pagesFor(size.entriesBytes()))
        .registeredDescriptorOnly()
        .build();
  }
}
