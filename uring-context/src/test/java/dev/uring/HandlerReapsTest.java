package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandlerReapsTest {
  private final List<Long> taken = new ArrayList<>();

  private static void complete(Ring ring, InFlightTable table, long from, int count) {
    for (int index = 0; index < count; index++) {
      long token = table.take(from + index);
      SubmissionEntry entry = Objects.requireNonNull(ring.submission().next());
      RingRequests.nop(entry).userData(token);
    }
    assertThat(ring.submitAndWait(count)).isEqualTo(count);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_handler_reaps_is_not_reaped_again_around_it(boolean shared) {
    try (Ring ring = Ring.builder(8).build()) {
      InFlightTable table = new InFlightTable(ring.completion().capacity(), shared);
      CompleteRing reaper = new CompleteRing(ring.completion(), table, shared, () -> false);
      Visitor visitor = TestVisitors.alone();
      complete(ring, table, 0, 4);

      reaper.drain(
          (userData, result, flags) -> {
            taken.add(userData);
            if (userData == 0) {
              complete(ring, table, 4, 3);
              reaper.drain((inner, innerResult, innerFlags) -> taken.add(inner), 100, 1, visitor);
            }
          },
          100,
          1,
          visitor);

      assertThat(taken).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
      assertThat(ring.completion().available()).isZero();
      assertThat(table.strangers()).isZero();
      assertThat(table.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void completions_that_somebody_looks_at_first_keep_their_turn_among_others(boolean shared) {
    try (Ring ring = Ring.builder(64).build()) {
      InFlightTable table = new InFlightTable(ring.completion().capacity(), shared);
      CompleteRing reaper = new CompleteRing(ring.completion(), table, shared, () -> false);
      Visitor visitor = TestVisitors.alone();
      List<Long> expected = new ArrayList<>();
      int looked = 0;
      for (int round = 0; round < 50; round++) {
        for (int index = 0; index < 60; index++) {
          long userData = 100L * round + index;
          expected.add(userData);
          SubmissionEntry entry = Objects.requireNonNull(ring.submission().next());
          long token = table.take(userData);
          int place = InFlightTable.placeOf(token);
          // Alone, in a row, as the first, as the last; and some that hold without looking.
          int kind = (index * (round + 1)) % 11;
          if (kind < 3) {
            InFlightRequest held = table.hold(place);
            held.intercept = kind == 0 ? null : (result, flags) -> result;
            looked += kind == 0 ? 0 : 1;
          }
          RingRequests.nop(entry).userData(table.token(place));
        }
        assertThat(ring.submitAndWait(60)).isEqualTo(60);
        int delivered = 0;
        while (delivered < 60) {
          int limit = 1 + (round + delivered) % 40;
          delivered += reaper.drain((data, result, flags) -> taken.add(data), limit, 1, visitor);
        }
        assertThat(delivered).isEqualTo(60);
        assertThat(table.inFlight()).isZero();
      }
      assertThat(taken).isEqualTo(expected);
      assertThat(looked).isPositive();
    }
  }
}
