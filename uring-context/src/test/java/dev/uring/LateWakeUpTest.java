package dev.uring;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What is sent to whoever waits can be claimed by a thread that then handles for long, while
 * another is about to sleep.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LateWakeUpTest {
  /** Stops before its first sleep, where an await looks for an interrupt. */
  private static final class Sleepy extends Thread {
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);

    Sleepy(Runnable action) {
      super(action, "sleepy");
      setDaemon(true);
    }

    /** An await of it, which does not sleep before it {@link #goesOn}. */
    static Sleepy awaits(
        URingContext context, CompletionHandler handler, CompletableFuture<Integer> result) {
      Sleepy thread =
          new Sleepy(
              () -> {
                try {
                  result.complete(context.await(1, handler));
                } catch (Throwable e) {
                  result.completeExceptionally(e);
                }
              });
      thread.start();
      return thread;
    }

    @Override
    public boolean isInterrupted() {
      stopped.countDown();
      awaitUninterruptibly(goesOn);
      return super.isInterrupted();
    }
  }

  @Test
  void a_wake_up_reaches_who_is_about_to_sleep_though_a_handler_of_its_taker_goes_on()
      throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch handled = new CountDownLatch(1);
    CompletableFuture<Integer> taken = new CompletableFuture<>();
    CompletableFuture<Integer> woken = new CompletableFuture<>();
    try (URingContext context = URingContext.create(8)) {
      CompletionHandler goingOn =
          (userData, result, flags) -> {
            handling.countDown();
            awaitUninterruptibly(handled);
          };
      Sleepy taker = Sleepy.awaits(context, goingOn, taken);
      Sleepy waiter = Sleepy.awaits(context, Contexts.IGNORE, woken);
      taker.stopped.await();
      waiter.stopped.await();
      context.wakeup();
      context.addNop(1);
      context.submit();

      taker.goesOn.countDown();
      handling.await();
      waiter.goesOn.countDown();

      assertThat(woken.get()).isZero();
      assertThat(taken).isNotDone();
      handled.countDown();
      assertThat(taken.get()).isOne();
    }
  }

  /** Who polls ends no wait, and passes a wake-up on each time: by one completion, not by more. */
  @Test
  void a_wake_up_that_no_wait_takes_does_not_fill_the_queue() {
    List<Integer> waiting = new ArrayList<>();
    try (URingContext context = URingContext.create(8);
        RingFromOutside outside = RingFromOutside.of(context)) {
      context.addNop(1);
      context.await(
          1,
          (userData, result, flags) -> {
            context.wakeup();
            for (int time = 0; time < 10; time++) {
              assertThat(context.poll(Contexts.IGNORE)).isZero();
              waiting.add(outside.waiting());
            }
          });
    }
    assertThat(waiting).hasSize(10).allMatch(count -> count <= 2);
  }
}
