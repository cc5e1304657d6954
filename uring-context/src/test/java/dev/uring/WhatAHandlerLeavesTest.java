package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a thread had claimed when something threw is not lost, and nobody waits for it in vain. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WhatAHandlerLeavesTest {
  private static final int MANY = 128;
  private static final int ROUNDS = 400;

  /**
   * The other thread comes in while this one is on its way out: at some moment in between, which
   * differs from round to round.
   */
  @Test
  void who_comes_in_just_as_a_run_is_given_back_gets_of_it() throws Exception {
    AtomicInteger going = new AtomicInteger();
    AtomicInteger finished = new AtomicInteger();
    try (URingContext context = URingContext.builder(256).completionEntries(1024).build()) {
      WaitingThread other =
          WaitingThread.start(
              () -> {
                for (int round = 1; round <= ROUNDS; round++) {
                  while (going.get() < round) {
                    Thread.onSpinWait();
                  }
                  for (int spin = round * 7 % 300; spin > 0; spin--) {
                    Thread.onSpinWait();
                  }
                  assertThat(context.await(1, Contexts.IGNORE)).isPositive();
                  finished.set(round);
                }
                return "done";
              });
      for (int round = 1; round <= ROUNDS; round++) {
        int now = round;
        for (int request = 0; request < MANY; request++) {
          context.addNop(request);
        }
        assertThat(context.submit()).isEqualTo(MANY);
        CompletionHandler throwing =
            (userData, result, flags) -> {
              going.set(now);
              throw new IllegalStateException("thrown by the handler");
            };
        assertThatThrownBy(() -> context.await(MANY, throwing)).hasMessageStartingWith("thrown");
        // 127 are there for it.
        while (finished.get() < now) {
          Thread.onSpinWait();
        }
        context.poll(Contexts.IGNORE);
        assertThat(context.inFlight()).isZero();
      }
      assertThat(other.result()).isEqualTo("done");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_place_is_free_though_who_looks_at_its_last_completion_fails(boolean shared) {
    try (Ring ring = Ring.builder(8).build()) {
      InFlightTable table = new InFlightTable(ring.completion().capacity(), shared);
      CompleteRing reaper = new CompleteRing(ring.completion(), table, shared, () -> false);
      Visitor visitor = TestVisitors.alone();
      SubmissionEntry entry = Objects.requireNonNull(ring.submission().next());
      int place = InFlightTable.placeOf(table.take(1));
      table.hold(place).intercept =
          (result, flags) -> {
            throw new IllegalStateException("thrown by who looks");
          };
      RingRequests.nop(entry).userData(table.token(place));
      assertThat(ring.submitAndWait(1)).isOne();

      assertThatThrownBy(() -> reaper.drain(Contexts.IGNORE, 8, 1, visitor))
          .hasMessage("thrown by who looks");
      assertThat(table.inFlight()).isZero();
      assertThat(ring.completion().available()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nobody_to_hand_completions_to_is_noticed_before_one_is_lost(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      context.addNop(1);
      context.submit();
      List<ThrowingCallable> calls =
          List.of(
              () -> context.await(1, (CompletionHandler) null),
              () -> context.await(1, Duration.ZERO, null),
              () -> context.await(1, 0, null),
              () -> context.poll(null));
      for (ThrowingCallable call : calls) {
        assertThatThrownBy(call).isInstanceOf(NullPointerException.class);
      }
      assertThat(context.inFlight()).isOne();
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }
}
