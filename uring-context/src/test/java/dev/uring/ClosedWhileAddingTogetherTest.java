package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another thread closes a context while requests are being added together: nothing ends there. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosedWhileAddingTogetherTest {
  private static WaitingThread closeElsewhere(URingContext context) {
    WaitingThread closer =
        WaitingThread.start(
            () -> {
              context.close();
              return null;
            });
    while (!context.isClosed()) {
      Thread.onSpinWait();
    }
    return closer;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoever_takes_completions_within_a_group_does_not_close_within_it(boolean confined)
      throws Exception {
    URingContext context = Contexts.of(8, confined);
    context.addNop(1);
    context.submit();
    AtomicReference<WaitingThread> closer = new AtomicReference<>();
    context
        .chains()
        .linked(
            2,
            () -> {
              context.addNop(2);
              int taken =
                  context.poll((userData, result, flags) -> closer.set(closeElsewhere(context)));
              assertThat(taken).isOne();
              assertThat(context.toString()).contains(", CLOSING");
              context.addNop(3);
            });
    Object unused = closer.get().result();
    context.close();
    Contexts.mustBeClosed(context);
  }

  @Test
  void a_confined_context_is_not_closed_by_its_owners_next_step_within_a_group() throws Exception {
    List<CallOfOwner> steps =
        List.of(
            URingContext::close,
            URingContext::submit,
            URingContext::counters,
            context -> context.poll(Contexts.IGNORE),
            context -> context.await(1, Contexts.IGNORE),
            context -> context.chains().together(1, () -> {}));
    for (CallOfOwner step : steps) {
      URingContext context = Contexts.of(8, true);
      context
          .chains()
          .linked(
              2,
              () -> {
                context.addNop(1);
                WaitingThread unused = closeElsewhere(context);
                try {
                  step.on(context);
                } catch (IllegalStateException e) {
                  assertThat(e).hasMessage("the context is closed");
                }
                assertThat(context.toString()).contains(", CLOSING");
              });
      assertThatThrownBy(context::submit).hasMessage("the context is closed");
      Contexts.mustBeClosed(context);
    }
  }

  private interface CallOfOwner {
    void on(URingContext context);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoever_closes_within_a_group_adds_no_more_to_it(boolean confined) {
    URingContext context = Contexts.of(8, confined);
    Runnable closing =
        () -> {
          context.addNop(1);
          context.close();
          assertThatThrownBy(() -> context.addNop(2)).hasMessage("the context is closed");
          assertThatThrownBy(() -> context.asyncCancel(1, 3)).hasMessage("the context is closed");
          assertThatThrownBy(context::submit).hasMessage("the context is closed");
          assertThat(context.inFlight()).isOne();
        };
    context.chains().together(4, closing);
    Contexts.mustBeClosed(context);
  }

  @Test
  void a_confined_context_closed_within_a_group_of_a_handlers_takes_no_more_in_the_handler() {
    URingContext context = Contexts.of(8, true);
    context.addNop(1);
    context.await(
        1,
        (userData, result, flags) -> {
          context.chains().together(1, context::close);
          assertThatThrownBy(() -> context.addNop(2)).hasMessage("the context is closed");
          assertThatThrownBy(() -> context.asyncCancel(2, 3)).hasMessage("the context is closed");
        });
    Contexts.mustBeClosed(context);
  }
}
