package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A ring in two threads: one submits, one reaps. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingHalvesTest {
  private static final int REQUESTS = 50_000;

  private static FutureTask<Long> reaper(ReapingHalf half, boolean registered) {
    return new FutureTask<>(
        () -> {
          if (registered) {
            half.registerDescriptor();
          }
          long expected = 0;
          while (expected < REQUESTS) {
            int waited = half.await(1);
            assertThat(waited).isIn(0, -Errno.EINTR);
            while (half.reader().next()) {
              assertThat(half.reader().userData() == expected++).isTrue();
            }
            half.reader().release();
          }
          return expected;
        });
  }

  private static void submitAll(SubmittingHalf half) {
    for (long next = 0; next < REQUESTS; next++) {
      SubmissionEntry entry = half.next();
      while (entry == null) {
        assertThat(half.submit())
            .satisfiesAnyOf(
                taken -> assertThat(taken).isNotNegative(),
                taken -> assertThat(taken).isEqualTo(-Errno.EBUSY));
        entry = half.next();
      }
      RingRequests.nop(entry).userData(next);
    }
    while (half.queue().pending() > 0) {
      assertThat(half.submit()).isNotNegative();
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void everything_that_one_thread_submits_another_reaps_in_order(Layout layout) throws Exception {
    try (Ring ring = layout.builder(64).build()) {
      RingHalves halves = ring.split();
      FutureTask<Long> reaper = reaper(halves.reaping(), false);
      Thread thread = new Thread(reaper);
      thread.start();
      submitAll(halves.submitting());
      assertThat(reaper.get()).isEqualTo(REQUESTS);
      thread.join();
    }
  }

  @Test
  void each_half_may_be_registered_with_its_thread() throws Exception {
    try (Ring ring = Ring.builder(64).build()) {
      RingHalves halves = ring.split();
      FutureTask<Long> reaper = reaper(halves.reaping(), true);
      Thread thread = new Thread(reaper);
      thread.start();
      halves.submitting().registerDescriptor();
      submitAll(halves.submitting());
      assertThat(reaper.get()).isEqualTo(REQUESTS);
      thread.join();
      halves.submitting().unregisterDescriptor();
    }
  }

  @Test
  void the_reaper_of_a_ring_of_one_issuer_waits_but_registers_nothing() throws Exception {
    try (Ring ring = Ring.builder(64).singleIssuer().build()) {
      RingHalves halves = ring.split();
      FutureTask<Long> reaper = reaper(halves.reaping(), false);
      Thread thread = new Thread(reaper);
      thread.start();
      halves.submitting().registerDescriptor();
      submitAll(halves.submitting());
      assertThat(reaper.get()).isEqualTo(REQUESTS);
      thread.join();
      FutureTask<Long> registering = reaper(halves.reaping(), true);
      new Thread(registering).start();
      assertThatThrownBy(registering::get).hasMessageContaining("EEXIST");
    }
  }

  @Test
  void the_halves_of_a_polled_ring_work_too() throws Exception {
    try (Ring ring = Ring.builder(64).polledSubmission(1).build()) {
      RingHalves halves = ring.split();
      FutureTask<Long> reaper = reaper(halves.reaping(), false);
      Thread thread = new Thread(reaper);
      thread.start();
      submitAll(halves.submitting());
      assertThat(reaper.get()).isEqualTo(REQUESTS);
      thread.join();
    }
  }

  @Test
  void a_ring_whose_owner_must_reap_is_not_split() {
    try (Ring ring = Ring.builder(4).deferTaskRun().build()) {
      assertThatThrownBy(ring::split)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("DEFER_TASKRUN");
    }
  }

  @Test
  void a_reaping_half_waits_for_a_time_only() {
    try (Ring ring = Ring.builder(4).build()) {
      ReapingHalf half = ring.split().reaping();
      assertThat(half.newExtendedWait().forAtMost(1_000_000).enter(0, 1)).isEqualTo(-Errno.ETIME);
    }
  }
}
