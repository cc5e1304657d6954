package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A handler that closes its context may wait for the threads that were waiting there. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosedInHandlerTest {
  private static void mustGoOut(WaitingThread waiting) {
    assertThatThrownBy(waiting::result)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the context is closed");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void they_go_out_before_it_returns(int others) {
    URingContext context = URingContext.create(8);
    context.addNop(1);
    int taken =
        context.await(
            1,
            (userData, result, flags) -> {
              List<WaitingThread> waiting = new ArrayList<>();
              for (int other = 0; other < others; other++) {
                waiting.add(WaitingThread.start(() -> context.await(1, Contexts.IGNORE)));
              }
              waiting.forEach(WaitingThread::untilItWaits);
              context.close();
              waiting.forEach(ClosedInHandlerTest::mustGoOut);
              assertThat(context.core().state()).isEqualTo(ContextState.CLOSING);
            });
    assertThat(taken).isOne();
    assertThat(context.core().state()).isEqualTo(ContextState.CLOSED);
  }
}
