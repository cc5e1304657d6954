package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TimeoutsTest {
  private static final String UP = ":" + -Errno.ETIME;
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofDays(10);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_span_of_time_ends_and_not_before_its_time(boolean confined) {
    Duration span = Duration.ofMillis(20);
    try (URingContext context = Contexts.of(8, confined)) {
      long start = System.nanoTime();
      context.timeouts().add(span, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1" + UP);
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(span.toNanos());
    }
  }

  @Test
  void the_shortest_ends_first_whatever_the_order_of_adding() {
    try (URingContext context = URingContext.create(8)) {
      context.timeouts().add(LONG, 1);
      context.timeouts().add(Duration.ofMillis(30), 2);
      context.timeouts().add(SHORT, 3);
      List<String> seen = new ArrayList<>(Contexts.take(context, 1));
      while (seen.size() < 2) {
        seen.addAll(Contexts.take(context, 1));
      }
      assertThat(seen).containsExactly("3" + UP, "2" + UP);
    }
  }

  @Test
  void a_time_of_the_clock_that_is_past_ends_at_once_and_one_to_come_does_not() {
    try (URingContext context = URingContext.create(8)) {
      context.timeouts().addAt(Instant.now().plus(LONG), 1);
      context.timeouts().addAt(Instant.now().minusSeconds(1), 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2" + UP);
      context.timeouts().addAt(Instant.now().plusMillis(5), 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3" + UP);
      assertThat(context.inFlight()).isEqualTo(1);
    }
  }

  @Test
  void a_time_that_counts_completions_ends_with_zero_once_there_were_so_many() {
    try (URingContext context = URingContext.create(8)) {
      context.timeouts().addOrAfter(2, LONG, 1);
      context.submit();
      context.addNop(2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
      context.addNop(3);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("3:0", "1:0");
      context.timeouts().addOrAfter(2, SHORT, 4);
      assertThat(Contexts.take(context, 1)).as("none came").containsExactly("4" + UP);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_repeated_time_reports_as_often_as_asked_and_says_which_is_the_last(boolean confined) {
    List<Boolean> more = new ArrayList<>();
    try (URingContext context = Contexts.of(8, confined)) {
      context.timeouts().addRepeated(SHORT, 5, 1);
      while (more.size() < 5) {
        try (Completions completions = context.await(1)) {
          Completion completion = completions.next();
          assertThat(completion.result()).isEqualTo(-Errno.ETIME);
          more.add(completion.hasMore());
        }
      }
      assertThat(more).containsExactly(true, true, true, true, false);
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void one_that_repeats_for_ever_ends_when_it_is_removed() {
    try (URingContext context = URingContext.create(8)) {
      context.timeouts().addRepeated(SHORT, 0, 1);
      assertThat(Contexts.take(context, 3)).contains("1" + UP);
      context.timeouts().remove(1, 2);
      List<String> seen = new ArrayList<>();
      while (context.inFlight() > 0) {
        seen.addAll(Contexts.take(context, 1));
      }
      assertThat(seen).contains("2:0", "1:" + -Errno.ECANCELED);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_time_is_removed_by_its_user_data_also_where_that_stands_twice(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 7);
      context.timeouts().add(LONG, 7);
      context.timeouts().remove(7, 2);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("7:" + -Errno.ECANCELED, "2:0");
      context.timeouts().remove(9, 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.ENOENT);
      assertThat(context.inFlight()).as("the read").isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_update_gives_a_time_another_span(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      context.timeouts().add(LONG, 1);
      context.timeouts().update(1, SHORT, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("2:0", "1" + UP);
      context.timeouts().update(1, SHORT, 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.ENOENT);
    }
  }

  @Test
  void an_update_finds_the_time_among_others_of_its_user_data() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 7);
      context.timeouts().add(LONG, 7);
      context.timeouts().update(7, SHORT, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("2:0", "7" + UP);
    }
  }

  @Test
  void a_limit_cancels_what_takes_longer_and_is_cancelled_by_what_does_not() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      context.chains().linked(2, () -> addLimited(context, pipe, SHORT));
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, "2" + UP);
      pipe.write((byte) 1);
      context.chains().linked(2, () -> addLimited(context, pipe, LONG));
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:1", "2:" + -Errno.ECANCELED);
    }
  }

  private static void addLimited(URingContext context, Pipe pipe, Duration limit) {
    Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
    context.timeouts().addLimit(limit, 2);
  }

  @Test
  void a_limit_is_updated_by_its_user_data() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      context.chains().linked(2, () -> addLimited(context, pipe, LONG));
      context.submit();
      context.timeouts().updateLimit(2, SHORT, 3);
      assertThat(Contexts.take(context, 3))
          .containsExactlyInAnyOrder("3:0", "1:" + -Errno.ECANCELED, "2" + UP);
    }
  }

  @Test
  void a_wait_of_more_time_than_there_is_is_a_long_wait() {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(1);
      Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
      assertThat(context.await(1, forEver, Contexts.IGNORE)).isEqualTo(1);
      context.timeouts().add(forEver, 2);
      context.submit();
      assertThat(context.await(1, SHORT, Contexts.IGNORE)).isZero();
    }
  }

  @Test
  void spans_below_zero_and_limits_of_nothing_are_refused_and_leave_nothing_behind() {
    Duration negative = Duration.ofNanos(-1);
    try (URingContext context = URingContext.create(8)) {
      List<Runnable> wrong =
          List.of(
              () -> context.timeouts().add(negative, 1),
              () -> context.timeouts().addRepeated(negative, 0, 1),
              () -> context.timeouts().addRepeated(SHORT, -1, 1),
              () -> context.timeouts().addOrAfter(0, SHORT, 1),
              () -> context.timeouts().addLimit(negative, 1),
              () -> context.timeouts().addLimit(SHORT, 1),
              () -> context.timeouts().update(1, negative, 2));
      for (Runnable call : wrong) {
        assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(context.inFlight()).isZero();
      context.addNop(1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }

  @Test
  void a_time_before_1970_is_over() {
    try (URingContext context = URingContext.create(8)) {
      context.timeouts().addAt(Instant.EPOCH.minusNanos(1), 1);
      context.timeouts().addAt(Instant.MIN, 2);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ETIME, "2:" + -Errno.ETIME);
    }
  }

  @Test
  void a_wait_of_less_than_no_time_is_none_however_much_less() {
    try (URingContext context = URingContext.create(8)) {
      Duration longAgo = Duration.ofSeconds(Long.MIN_VALUE);
      assertThat(context.await(1, longAgo, Contexts.IGNORE)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_timeout_that_repeats_quicker_than_it_can_be_cancelled_ends_with_its_context(
      boolean confined) {
    URingContext context = Contexts.of(8, confined);
    context.timeouts().addRepeated(Duration.ofNanos(1), 0, 1);
    context.await(1, Contexts.IGNORE);
    context.close();
    assertThat(context.inFlight()).isZero();
  }
}
