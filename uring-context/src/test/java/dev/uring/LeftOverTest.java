package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What an await may not leave to a thread that adds and is used to submit: what is not that
 * thread's, and what nobody may look at again for a long time.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeftOverTest {
  private final ExecutorService another = Executors.newSingleThreadExecutor();
  private URingContext context;

  @BeforeEach
  void anotherAddsAndSubmits() throws Exception {
    context = URingContext.create(16);
    elsewhere(
        () -> {
          context.addNop(1);
          context.submit();
        });
    awaitWhatIsThere();
  }

  @AfterEach
  void end() {
    context.close();
    another.shutdownNow();
  }

  private void elsewhere(Runnable action) throws Exception {
    Object unused = another.submit(action).get();
  }

  /** An await that has what it wants, and leaves it there. */
  private void awaitWhatIsThere() {
    try (Completions completions = context.await(1)) {
      assertThat(completions.hasNext()).isTrue();
    }
  }

  @Test
  void a_cancel_is_submitted_by_the_next_await_of_who_added_it() throws Exception {
    List<Consumer<URingContext>> cancels =
        List.of(
            it -> it.asyncCancel(77, 2),
            it -> it.cancels().all(77, 2),
            it -> it.cancels().everything(2),
            it -> it.removePollFd(77, 2),
            it -> it.timeouts().remove(77, 2));
    for (Consumer<URingContext> cancel : cancels) {
      elsewhere(
          () -> {
            context.addNop(1);
            context.submit();
          });
      cancel.accept(context);
      awaitWhatIsThere();
      assertThat(context.counters().submitted()).isEqualTo(context.counters().added());
    }
  }

  @Test
  void what_a_thread_added_is_submitted_by_its_next_await_though_another_added_after_it()
      throws Exception {
    context.addNop(2);
    elsewhere(() -> context.addNop(3));
    awaitWhatIsThere();
    assertThat(context.counters().submitted()).isEqualTo(3);
  }

  @Test
  void what_a_thread_added_is_submitted_by_its_next_await_though_another_showed_it_to_the_kernel()
      throws Exception {
    context.addNop(2);
    elsewhere(() -> context.chains().together(1, () -> context.addNop(3)));
    awaitWhatIsThere();
    assertThat(context.counters().submitted()).isEqualTo(3);
  }

  @Test
  void who_is_woken_submits_what_was_added() throws Exception {
    assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    elsewhere(
        () -> {
          context.addNop(2);
          context.wakeup();
        });
    assertThat(context.await(2, Contexts.IGNORE)).isLessThan(2);
    assertThat(context.counters().submitted()).isEqualTo(2);
  }

  @Test
  void a_wait_whose_time_is_up_leaves_nothing_behind() throws Exception {
    assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    elsewhere(() -> context.addNop(2));
    int unused = context.await(1, Duration.ZERO, Contexts.IGNORE);
    assertThat(context.counters().submitted()).isEqualTo(2);
  }

  @Test
  void a_wait_that_an_interrupt_ends_leaves_nothing_behind() throws Exception {
    assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    elsewhere(() -> context.addNop(2));
    Thread.currentThread().interrupt();
    int unused = context.await(2, Contexts.IGNORE);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(context.counters().submitted()).isEqualTo(2);
  }
}
