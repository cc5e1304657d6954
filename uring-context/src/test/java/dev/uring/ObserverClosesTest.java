package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObserverClosesTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_context_that_the_observer_of_its_policy_closes_is_closed_for_good(boolean confined) {
    AtomicReference<URingContext> observed = new AtomicReference<>();
    ContextBuilder builder =
        URingContext.builder(8).disabled().observePolicy(seen -> observed.get().close());
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      observed.set(context);
      assertThatThrownBy(context::enable).isInstanceOf(IllegalStateException.class);
      assertThat(context.isClosed()).isTrue();
      assertThatThrownBy(() -> context.addNop(1)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> context.await(1)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(context::submit).isInstanceOf(IllegalStateException.class);
      context.wakeup();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void who_is_told_of_the_policy_may_wait_for_threads_that_wake_and_close(boolean confined) {
    AtomicReference<URingContext> observed = new AtomicReference<>();
    ContextBuilder builder =
        URingContext.builder(8)
            .disabled()
            .observePolicy(
                seen -> {
                  CompletableFuture.runAsync(observed.get()::wakeup).join();
                  CompletableFuture.runAsync(observed.get()::close).join();
                });
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      observed.set(context);
      assertThatThrownBy(context::enable).isInstanceOf(IllegalStateException.class);
      assertThat(context.isClosed()).isTrue();
      assertThatThrownBy(() -> context.await(1)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_context_is_enabled_once_also_while_its_policy_is_told() {
    AtomicReference<URingContext> observed = new AtomicReference<>();
    ContextBuilder builder =
        URingContext.builder(8)
            .disabled()
            .observePolicy(
                seen ->
                    assertThatThrownBy(observed.get()::enable)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("being enabled"));
    try (URingContext context = builder.build()) {
      observed.set(context);
      context.enable();
      context.addNop(1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }
}
