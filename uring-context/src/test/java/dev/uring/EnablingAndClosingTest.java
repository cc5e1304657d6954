package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A context that one thread enables while another closes it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnablingAndClosingTest {
  private static final int ROUNDS = 500;

  @Test
  void a_context_that_is_closed_while_it_is_enabled_stays_closed() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      URingContext context = URingContext.builder(4).disabled().build();
      CyclicBarrier start = new CyclicBarrier(2);
      WaitingThread enabler =
          WaitingThread.start(
              () -> {
                start.await();
                try {
                  context.enable();
                } catch (IllegalStateException e) {
                  return e.getMessage();
                }
                return "the context is closed";
              });
      start.await();
      context.close();
      assertThat(enabler.result()).isEqualTo("the context is closed");
      assertThat(context.toString()).contains(", closed], CLOSED");
    }
  }
}
