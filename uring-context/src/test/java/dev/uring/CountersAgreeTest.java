package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the counters say is of one moment. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CountersAgreeTest {
  private static final int ROUNDS = 100;
  private static final int REQUESTS = 4096;

  @Test
  void nothing_counts_as_submitted_or_completed_while_another_only_adds() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      try (URingContext context = URingContext.create(REQUESTS)) {
        WaitingThread adder = WaitingThread.start(() -> addAll(context));
        do {
          ContextCounters counters = context.counters();
          assertThat(counters.submitted()).isZero();
          assertThat(counters.completed()).isZero();
          assertThat(counters.added()).isEqualTo(counters.inFlight());
        } while (!adder.isDone());
        assertThat(context.counters().added()).isEqualTo(REQUESTS);
      }
    }
  }

  private static Object addAll(URingContext context) {
    for (int request = 0; request < REQUESTS; request++) {
      context.addNop(request);
    }
    return REQUESTS;
  }

  @Test
  void what_it_says_it_has_submitted_it_has() {
    try (URingContext context = URingContext.create(4)) {
      context.addNop(1);
      assertThat(context.toString()).contains("added=1").doesNotContain("submitted=1");
    }
  }
}
