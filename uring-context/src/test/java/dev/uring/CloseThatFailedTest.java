package dev.uring;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A close that could not go on is taken up by the next, which waits for nobody. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseThatFailedTest {
  /** One that cannot be interrupted by itself. */
  private static final class Stubborn extends Thread {
    private final CompletableFuture<Throwable> thrown = new CompletableFuture<>();

    Stubborn(Runnable action) {
      super(action);
      setDaemon(true);
      setUncaughtExceptionHandler((thread, failure) -> thrown.complete(failure));
    }

    @Override
    public void interrupt() {
      if (Thread.currentThread() == this) {
        throw new IllegalStateException("interrupt");
      }
      super.interrupt();
    }
  }

  @Test
  void the_next_close_closes() throws Exception {
    URingContext context = Contexts.of(8, false);
    CountDownLatch adding = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    WaitingThread adder =
        WaitingThread.start(
            () -> {
              context
                  .chains()
                  .together(
                      1,
                      () -> {
                        adding.countDown();
                        awaitUninterruptibly(goOn);
                      });
              return null;
            });
    adding.await();
    // It waits for the one that adds, and is interrupted there.
    Stubborn closer = new Stubborn(context::close);
    closer.start();
    while (closer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    closer.interrupt();
    goOn.countDown();
    assertThat(adder.result()).isNull();
    assertThat(closer.thrown.get()).hasMessage("interrupt");

    context.close();
    Contexts.mustBeClosed(context);
  }
}
