package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
      void in(URingContext context) {
        context.await(1, Contexts.IGNORE);
      }
    },
    FOR_SEVERAL {
      @Override
      void in(URingContext context) {
        context.await(3, Contexts.IGNORE);
      }
    },
    WITH_A_LIMIT {
      @Override
      void in(URingContext context) {
        context.await(1, LONG, Contexts.IGNORE);
      }
    },
    WITH_AN_ITERATOR {
      @Override
      void in(URingContext context) {
        context.await(1).close();
      }
    },
    WITH_AN_ITERATOR_AND_A_LIMIT {
      @Override
      void in(URingContext context) {
        context.await(1, LONG).close();
      }
    };

    abstract void in(URingContext context);
  }

  /** A context of the calling thread's, with a read that does not end. */
  private static URingContext reading(Pipe pipe) {
    URingContext context = Contexts.of(4, true);
    Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
    return context;
  }

  /** A thread that makes such a context and waits in it. */
  private static WaitingThread waitingIn(
      CompletableFuture<URingContext> made, Pipe pipe, Wait wait) {
    return WaitingThread.start(
        () -> {
          URingContext context = reading(pipe);
          made.complete(context);
          wait.in(context);
          return "it returned";
        });
  }

  private static void mustThrow(ThrowingCallable wait) {
    assertThatThrownBy(wait)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the context is closed");
  }

  @ParameterizedTest
  @EnumSource(Wait.class)
  void the_wait_that_its_owner_is_in_closes_and_throws(Wait wait) throws Exception {
    CompletableFuture<URingContext> made = new CompletableFuture<>();
    try (Pipe pipe = Pipe.open()) {
      WaitingThread owner = waitingIn(made, pipe, wait).untilItWaits();
      made.join().close();
      mustThrow(owner::result);
      Contexts.mustBeClosed(made.join());
    }
  }

  @Test
  void what_was_handed_over_before_stays_so_and_the_wait_for_more_throws() throws Exception {
    CompletableFuture<URingContext> made = new CompletableFuture<>();
    List<Long> taken = new CopyOnWriteArrayList<>();
    CountDownLatch handed = new CountDownLatch(1);
    try (Pipe pipe = Pipe.open()) {
      WaitingThread owner =
          WaitingThread.start(
              () -> {
                URingContext context = reading(pipe);
                made.complete(context);
                context.addNop(5);
                return context.await(
                    2,
                    (userData, result, flags) -> {
                      taken.add(userData);
                      handed.countDown();
                    });
              });
      handed.await();
      owner.untilItWaits();
      made.join().close();
      mustThrow(owner::result);
      assertThat(taken).containsExactly(5L);
      Contexts.mustBeClosed(made.join());
    }
  }

  @ParameterizedTest
  @EnumSource(Wait.class)
  void the_next_wait_of_its_owner_closes_and_throws(Wait wait) throws Exception {
    try (Pipe pipe = Pipe.open()) {
      URingContext context = reading(pipe);
      context.submit();
      Contexts.closeByAnother(context);
      assertThat(context.isClosed()).isTrue();
      mustThrow(() -> wait.in(context));
      Contexts.mustBeClosed(context);
    }
  }

  @Test
  void the_close_of_its_owner_closes() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      URingContext context = reading(pipe);
      context.submit();
      Contexts.closeByAnother(context);
      context.close();
      Contexts.mustBeClosed(context);
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
    Contexts.closeByAnother(context);
    mustThrow(() -> context.await(1, Contexts.IGNORE));
    Contexts.mustBeClosed(context);
  }

  @ParameterizedTest
  @EnumSource(Wait.class)
  void whenever_it_is_closed_the_wait_of_that_moment_or_the_next_throws(Wait wait)
      throws Exception {
    for (int round = 0; round < 50; round++) {
      CompletableFuture<URingContext> made = new CompletableFuture<>();
      try (Pipe pipe = Pipe.open()) {
        WaitingThread owner = waitingIn(made, pipe, wait);
        made.join().close();
        mustThrow(owner::result);
        Contexts.mustBeClosed(made.join());
      }
    }
  }
}
