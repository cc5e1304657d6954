package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a thread adds that is used to submit by itself; and that nothing is left lying for it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeftToAnotherTest {
  private static final int POLLIN = 1;

  /** More often in a row nothing is left to another. */
  private static final int MOST = 16;

  private final ExecutorService another = Executors.newSingleThreadExecutor();

  @AfterEach
  void end() {
    another.shutdownNow();
  }

  private void elsewhere(Runnable action) throws Exception {
    Object unused = another.submit(action).get();
  }

  /** The other thread adds and submits, as it is used to. */
  private void addAndSubmit(URingContext context, long userData) throws Exception {
    elsewhere(
        () -> {
          context.addNop(userData);
          context.submit();
        });
  }

  /** An await that has what it wants, and leaves it there. */
  private static void awaitWhatIsThere(URingContext context) {
    try (Completions completions = context.await(1)) {
      assertThat(completions.hasNext()).isTrue();
    }
  }

  @Test
  void who_waits_submits_what_another_has_not() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      for (int round = 0; round < 3 * MOST; round++) {
        addAndSubmit(context, 1);
        assertThat(Contexts.take(context, 1)).containsExactly("1:0");
        elsewhere(() -> context.addNop(2));
        assertThat(Contexts.take(context, 1)).containsExactly("2:0");
      }
    }
  }

  @Test
  void who_has_what_it_wants_leaves_it_to_another_but_not_for_ever() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      addAndSubmit(context, 1);
      awaitWhatIsThere(context);
      elsewhere(() -> context.addNop(2));
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isOne();
      for (int round = 0; round < MOST; round++) {
        awaitWhatIsThere(context);
      }
      assertThat(context.counters().submitted()).isEqualTo(2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:0", "2:0");
    }
  }

  @Test
  void what_a_thread_adds_that_never_submits_is_submitted_at_once() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(1);
      context.submit();
      awaitWhatIsThere(context);
      elsewhere(() -> context.addNop(2));
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isEqualTo(2);
    }
  }

  @Test
  void what_a_thread_added_itself_it_submits_at_once() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      addAndSubmit(context, 1);
      awaitWhatIsThere(context);
      context.addNop(2);
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isEqualTo(2);
      context.chains().together(1, () -> context.addNop(3));
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isEqualTo(3);
    }
  }

  @Test
  void a_deadline_is_kept_where_something_is_left() throws Exception {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      addAndSubmit(context, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      elsewhere(() -> context.addPollFd(pipe.readEnd(), POLLIN, PollMode.ONCE, 2));
      assertThat(context.await(1, Duration.ZERO, Contexts.IGNORE)).isZero();
      assertThat(context.await(1, Duration.ofMillis(1), Contexts.IGNORE)).isZero();
      assertThat(context.counters().submitted()).isEqualTo(2);
    }
  }

  @Test
  void a_wait_with_a_deadline_submits_what_was_left_long_before_that() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      for (int round = 0; round < 3; round++) {
        addAndSubmit(context, 1);
        assertThat(Contexts.take(context, 1)).containsExactly("1:0");
        elsewhere(() -> context.addNop(2));
        assertThat(context.await(1, Duration.ofMinutes(10), Contexts.IGNORE)).isOne();
      }
    }
  }

  @Test
  void where_nobody_submits_nothing_is_left() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      elsewhere(() -> context.addNop(1));
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      context.wakeup();
      elsewhere(() -> context.addNop(2));
      assertThat(context.await(1, Contexts.IGNORE)).isBetween(0, 1);
      assertThat(context.counters().submitted()).isEqualTo(2);
    }
  }

  @Test
  void what_one_thread_adds_and_another_submits_is_left_to_neither() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      WaitingThread submitter = WaitingThread.start(context::submit);
      assertThat(submitter.result()).isEqualTo(0);
      elsewhere(() -> context.addNop(1));
      context.wakeup();
      assertThat(context.await(1, Contexts.IGNORE)).isBetween(0, 1);
      assertThat(context.counters().submitted()).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void who_adds_and_submits_by_itself_leaves_nothing_to_itself(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      context.addNop(1);
      context.submit();
      context.addNop(2);
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isEqualTo(2);
    }
  }

  @Test
  void what_is_to_be_made_again_is_left_to_nobody() throws Exception {
    try (URingContext context = URingContext.create(8);
        Descriptor event = Descriptor.eventFd(1)) {
      elsewhere(
          () -> {
            context.addPollFd(event, POLLIN, PollMode.LEVEL, 1);
            context.submit();
          });
      assertThat(context.poll(Contexts.IGNORE)).isOne();
      for (int round = 0; round < MOST; round++) {
        assertThat(context.await(1, Duration.ZERO, Contexts.IGNORE)).isOne();
      }
    }
  }

  @Test
  void so_often_in_a_row_it_is_left_and_then_once_not() {
    try (URingContext context = URingContext.create(8)) {
      Visitor visitor = context.core().visitor();
      for (int round = 0; round < 3; round++) {
        for (int wait = 0; wait < MOST; wait++) {
          assertThat(visitor.mayLeaveToAnother()).isTrue();
        }
        assertThat(visitor.mayLeaveToAnother()).isFalse();
      }
      visitor.leftInVain();
      assertThat(visitor.mayLeaveToAnother()).isFalse();
      assertThat(visitor.mayLeaveToAnother()).isTrue();
    }
  }

  @Test
  void what_a_thread_added_together_itself_it_submits_at_once() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      addAndSubmit(context, 1);
      context.chains().together(1, () -> context.addNop(2));
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isEqualTo(2);
    }
  }

  @Test
  void what_another_added_together_is_left_to_it_too() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(1);
      context.submit();
      elsewhere(
          () -> {
            context.chains().together(1, () -> context.addNop(2));
            context.submit();
          });
      elsewhere(() -> context.chains().together(1, () -> context.addNop(3)));
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).as("left").isEqualTo(2);
      elsewhere(context::submit);
      assertThat(Contexts.take(context, 3)).containsExactlyInAnyOrder("1:0", "2:0", "3:0");
    }
  }

  @Test
  void who_waits_submits_what_another_added_together_and_has_not() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      addAndSubmit(context, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      elsewhere(() -> context.chains().together(1, () -> context.addNop(2)));
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }

  @Test
  void a_request_on_a_descriptor_counts_as_any_other() throws Exception {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      addAndSubmit(context, 1);
      context.addPollFd(pipe.readEnd(), POLLIN, 2);
      awaitWhatIsThere(context);
      assertThat(context.counters().submitted()).isEqualTo(2);
    }
  }
}
