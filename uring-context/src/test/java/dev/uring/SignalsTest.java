package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals that reach a thread while it waits in the kernel, as profilers send them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignalsTest {
  /** SIGUSR2: the virtual machine has a handler for it, which does nothing when not expected. */
  private static final int SIGNAL = 12;

  private static final int SIGNALS = 50;

  /** Sends signals, each of which really ends a sleep in the kernel. */
  private static void interruptSleeps(WaitingThread waiter) {
    for (int signal = 0; signal < SIGNALS; signal++) {
      waiter.untilItWaits();
      long sleeps = waiter.sleeps();
      int sent = LinuxCalls.C.tgkill(LinuxCalls.C.getpid(), waiter.number(), SIGNAL);
      assertThat(sent).isZero();
      while (waiter.sleeps() == sleeps) {
        assertThat(waiter.isDone()).as("returned early").isFalse();
        Thread.onSpinWait();
      }
    }
    waiter.untilItWaits();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wait_outlasts_signals_and_returns_with_what_it_promised(boolean confined)
      throws Exception {
    try (Pipe pipe = Pipe.open()) {
      WaitingThread waiter =
          WaitingThread.start(
              () -> {
                try (URingContext context = Contexts.of(4, confined)) {
                  Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
                  Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 2);
                  return Contexts.take(context, 2);
                }
              });
      interruptSleeps(waiter);
      pipe.write((byte) 1);
      interruptSleeps(waiter);
      pipe.write((byte) 2);
      assertThat(waiter.result())
          .asInstanceOf(InstanceOfAssertFactories.LIST)
          .containsExactlyInAnyOrder("1:1", "2:1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wait_with_a_limit_is_neither_ended_nor_given_more_time_by_signals(boolean confined)
      throws Exception {
    Duration limit = Duration.ofSeconds(3);
    WaitingThread waiter =
        WaitingThread.start(
            () -> {
              try (URingContext context = Contexts.of(4, confined)) {
                long start = System.nanoTime();
                int count = context.await(1, limit, Contexts.IGNORE);
                return List.of(count, System.nanoTime() - start >= limit.toNanos());
              }
            });
    interruptSleeps(waiter);
    // Were the time counted anew after each signal, these would keep the wait going for ever.
    while (!waiter.isDone()) {
      LinuxCalls.C.tgkill(LinuxCalls.C.getpid(), waiter.number(), SIGNAL);
    }
    assertThat(waiter.result()).isEqualTo(List.of(0, true));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_outlasts_signals(boolean confined) throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Pipe pipe = Pipe.open()) {
        WaitingThread closer =
            WaitingThread.start(
                () -> {
                  URingContext context = Contexts.of(4, confined);
                  Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
                  context.submit();
                  context.close();
                  return context.inFlight();
                });
        while (!closer.isDone()) {
          int sent = LinuxCalls.C.tgkill(LinuxCalls.C.getpid(), closer.number(), SIGNAL);
          assertThat(sent).isIn(0, -1);
        }
        assertThat(closer.result()).isEqualTo(0);
      }
    }
  }
}
