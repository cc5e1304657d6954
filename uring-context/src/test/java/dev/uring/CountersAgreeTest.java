package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
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

  @Test
  void what_was_refused_when_it_was_filled_counts_as_nothing() {
    try (URingContext context = URingContext.create(4);
        Descriptor file = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      FixedBuffer buffer = context.registerBuffers(NativeMemory.allocate(8))[0];
      MemoryVector outside = Contexts.vector(NativeMemory.allocate(8));
      for (int round = 0; round < 3; round++) {
        assertThatThrownBy(
                () ->
                    context
                        .fixedBuffers()
                        .addReadv(file, buffer, outside, 0, 1, RequestOptions.NONE))
            .isInstanceOf(IllegalArgumentException.class);
        assertThat(context.counters())
            .isEqualTo(new ContextCounters(round, round, round, 0, 0, 0, 0));
        context.addNop(2);
        assertThat(Contexts.take(context, 1)).containsExactly("2:0");
      }
    }
  }
}
