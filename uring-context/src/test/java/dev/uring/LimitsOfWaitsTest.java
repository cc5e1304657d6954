package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any duration limits a wait. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LimitsOfWaitsTest {
  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -10_000_000_000L, -1, 0})
  void of_no_time_or_less_it_hands_over_what_is_there(long seconds) {
    try (URingContext context = URingContext.create(4)) {
      Duration none = Duration.ofSeconds(seconds);
      assertThat(context.await(1, none, Contexts.IGNORE)).isZero();
      assertThat(context.await(1, none).hasNext()).isFalse();
      context.addNop(1);
      assertThat(context.await(1, none, Contexts.IGNORE)).isOne();
    }
  }
}
