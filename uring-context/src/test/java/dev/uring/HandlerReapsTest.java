package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
      CompleteRing reaper = new CompleteRing(ring.completion(), table, shared);
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
}
