package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A confined context that another thread closes is closed by its owner, whose await throws: the one
 * that it is in, or the next. None of them returns as if it had been woken.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosedByAnotherTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  /** The ways to wait. */
  private enum Wait {
    FOR_ONE {
      @Override
      void in(URingContext context, CompletionHandler handler) {
        context.await(1, handler);
      }
    },
    FOR_SEVERAL {
      @Override
      void in(URingContext context, CompletionHandler handler) {
        context.await(3, handler);
      }
    },
    WITH_A_LIMIT {
      @Override
      void in(URingContext context, CompletionHandler handler) {
        context.await(1, LONG, handler);
      }
    },
    WITH_AN_ITERATOR {
      @Override
      void in(URingContext context, CompletionHandler handler) {
        context.await(1).close();
      }
    },
    WITH_AN_ITERATOR_AND_A_LIMIT {
      @Override
      void in(URingContext context, CompletionHandler handler) {
        context.await(1, LONG).close();
      }
    };

    abstract void in(URingContext context, CompletionHandler handler);
  }

  private static void mustBeClosed(URingContext context) {
    assertThat(context.isClosed()).isTrue();
    assertThat(context.toString()).as("the ring itself is closed").contains(", closed], CLOSED");
    assertThat(context.inFlight()).isZero();
  }

  private static void mustThrow(WaitingThread owner) {
    assertThatThrownBy(owner::result)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the context is closed");
  }

  @ParameterizedTest
  @EnumSource(Wait.class)
  void the_wait_that_its_owner_is_in_closes_and_throws(Wait wait) throws Exception {
    AtomicReference<URingContext> made = new AtomicReference<>();
    try (Pipe pipe = Pipe.open()) {
      WaitingThread owner =
          WaitingThread.start(
              () -> {
                URingContext context = Contexts.of(4, true);
                made.set(context);
                Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
                wait.in(context, Contexts.IGNORE);
                return "it returned";
              });
      owner.untilItWaits();
      made.get().close();
      mustThrow(owner);
      mustBeClosed(made.get());
    }
  }

  @Test
  void what_was_handed_over_before_stays_so_and_the_wait_for_more_throws() throws Exception {
    AtomicReference<URingContext> made = new AtomicReference<>();
    List<Long> taken = new CopyOnWriteArrayList<>();
    CountDownLatch handed = new CountDownLatch(1);
    try (Pipe pipe = Pipe.open()) {
      WaitingThread owner =
          WaitingThread.start(
              () -> {
                URingContext context = Contexts.of(4, true);
                made.set(context);
                context.addNop(5);
                Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
                return context.await(
                    2,
                    (userData, result, flags) -> {
                      taken.add(userData);
                      handed.countDown();
                    });
              });
      handed.await();
      owner.untilItWaits();
      made.get().close();
      mustThrow(owner);
      assertThat(taken).containsExactly(5L);
      mustBeClosed(made.get());
    }
  }

  @Test
  void a_wake_up_that_has_ended_no_wait_yet_does_not_keep_the_next_from_throwing()
      throws Exception {
    URingContext context = Contexts.of(4, true);
    context.wakeup();
    // The poll comes across the wake-up first.
    context.addNop(1);
    context.submit();
    while (context.poll(Contexts.IGNORE) == 0) {
      Thread.onSpinWait();
    }
    WaitingThread.start(
            () -> {
              context.close();
              return null;
            })
        .untilItHasExited();
    assertThatThrownBy(() -> context.await(1, Contexts.IGNORE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the context is closed");
    mustBeClosed(context);
  }

  @ParameterizedTest
  @EnumSource(Wait.class)
  void whenever_it_is_closed_the_wait_of_that_moment_or_the_next_throws(Wait wait)
      throws Exception {
    for (int round = 0; round < 50; round++) {
      AtomicReference<URingContext> made = new AtomicReference<>();
      CountDownLatch start = new CountDownLatch(1);
      try (Pipe pipe = Pipe.open()) {
        WaitingThread owner =
            WaitingThread.start(
                () -> {
                  URingContext context = Contexts.of(4, true);
                  Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
                  made.set(context);
                  start.countDown();
                  wait.in(context, Contexts.IGNORE);
                  return "it returned";
                });
        start.await();
        made.get().close();
        mustThrow(owner);
        mustBeClosed(made.get());
      }
    }
  }
}
