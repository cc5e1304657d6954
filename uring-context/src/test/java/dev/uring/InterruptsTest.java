package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterruptsTest {
  private static final String INTERRUPTED = "interrupted";

  private static String await(URingContext context) {
    int count = context.await(1, Contexts.IGNORE);
    return count + (Thread.currentThread().isInterrupted() ? " " + INTERRUPTED : "");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_interrupt_ends_a_wait_and_the_thread_stays_interrupted(boolean confined)
      throws Exception {
    WaitingThread waiter =
        WaitingThread.start(
            () -> {
              try (URingContext context = Contexts.of(4, confined)) {
                String first = await(context);
                String second = await(context);
                boolean was = Thread.interrupted();
                context.addNop(1);
                return List.of(first, second, was, await(context));
              }
            });
    waiter.untilItWaits().thread().interrupt();
    assertThat(waiter.result())
        .isEqualTo(List.of("0 " + INTERRUPTED, "0 " + INTERRUPTED, true, "1"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_interrupted_thread_is_given_what_is_there(boolean confined) {
    try (URingContext context = Contexts.of(4, confined)) {
      context.addNop(1);
      context.submit();
      Thread.currentThread().interrupt();
      assertThat(await(context)).isEqualTo("1 " + INTERRUPTED);
      assertThat(await(context)).isEqualTo("0 " + INTERRUPTED);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void an_interrupt_ends_the_wait_of_its_thread_and_of_no_other() throws Exception {
    try (URingContext context = URingContext.create(4)) {
      WaitingThread one = WaitingThread.start(() -> await(context)).untilItWaits();
      WaitingThread other = WaitingThread.start(() -> await(context)).untilItWaits();
      one.thread().interrupt();
      assertThat(one.result()).isEqualTo("0 " + INTERRUPTED);
      other.untilItWaits();
      context.addNop(1);
      context.submit();
      assertThat(other.result()).isEqualTo("1");
    }
  }

  /** How many waits were told of an interrupt and have not ended yet. */
  private static AtomicInteger told(URingContext context) throws ReflectiveOperationException {
    Field interrupted = ContextCore.class.getDeclaredField("interrupted");
    interrupted.setAccessible(true);
    return (AtomicInteger) interrupted.get(context.core());
  }

  @Test
  void an_interrupt_is_never_lost_to_a_thread_that_polls() throws Exception {
    try (URingContext context = URingContext.create(4)) {
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger told = told(context);
      WaitingThread poller =
          WaitingThread.start(
              () -> {
                while (!over.get()) {
                  context.poll(Contexts.IGNORE);
                }
                return null;
              });
      for (int round = 0; round < 3_000; round++) {
        WaitingThread waiter = WaitingThread.start(() -> await(context));
        for (int spin = 0; spin < round % 500; spin++) {
          Thread.onSpinWait();
        }
        waiter.thread().interrupt();
        while (!waiter.isDone()) {
          // JDK 17 may not tell a wait that begins just then. One that was told must end by itself.
          if (told.get() == 0) {
            waiter.thread().interrupt();
          }
          Thread.onSpinWait();
        }
        assertThat(waiter.result()).isEqualTo("0 " + INTERRUPTED);
      }
      over.set(true);
      assertThat(poller.result()).isNull();
    }
  }

  /** One that fails when it is asked, as its wait begins, whether it is interrupted. */
  private static final class Failing extends Thread {
    private int asked;

    Failing(Runnable action) {
      super(action);
    }

    @Override
    public boolean isInterrupted() {
      if (Thread.currentThread() == this) {
        asked++;
        if (asked == 2) {
          throw new IllegalStateException("asked");
        }
      }
      return super.isInterrupted();
    }
  }

  @Test
  void a_thread_whose_wait_could_not_begin_is_not_waiting() throws Exception {
    try (URingContext context = URingContext.create(4)) {
      AtomicBoolean failed = new AtomicBoolean();
      Thread failing =
          new Failing(
              () -> {
                try {
                  context.await(1, Contexts.IGNORE);
                } catch (IllegalStateException e) {
                  failed.set(true);
                }
                while (!Thread.interrupted()) {
                  LockSupport.park();
                }
              });
      failing.start();
      while (!failed.get()) {
        Thread.onSpinWait();
      }
      failing.interrupt();
      failing.join();
      assertThat(told(context)).hasValue(0);
    }
  }
}
