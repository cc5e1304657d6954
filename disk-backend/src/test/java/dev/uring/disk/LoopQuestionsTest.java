package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.URingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other threads ask of a loop, and that none of them waits for ever. */
@Timeout(120)
class LoopQuestionsTest {
  /** A loop that does nothing by itself. */
  private static EventLoop idle() {
    return EventLoop.start(
        "questioned",
        URingContext.builder(8),
        new LoopProgram() {
          private EventLoop loop;

          @Override
          public void register(LoopFiles files) {}

          @Override
          public void start(EventLoop started) {
            loop = started;
          }

          @Override
          public void stop() {
            loop.finish();
          }
        });
  }

  private static void fail(EventLoop loop) {
    loop.execute(
        () -> {
          throw new IllegalArgumentException("a mistake of the program's");
        });
  }

  private static void join(CompletableFuture<Void> answer) {
    answer.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void an_action_runs_on_the_loops_thread_and_is_done_when_it_says_so() {
    EventLoop loop = idle();
    List<Thread> threads = new ArrayList<>();
    List<Runnable> finishers = new ArrayList<>();
    CompletableFuture<Void> answer =
        loop.ask(
            done -> {
              threads.add(Thread.currentThread());
              finishers.add(done);
            });
    join(loop.ask(Runnable::run));
    assertThat(answer).isNotDone();
    loop.execute(() -> finishers.get(0).run());
    join(answer);
    assertThat(threads).containsExactly(loop.thread());
    loop.stop();
    loop.ended().join();
  }

  @Test
  void what_an_action_throws_is_its_answer_and_the_loop_goes_on() {
    EventLoop loop = idle();
    CompletableFuture<Void> answer =
        loop.ask(
            done -> {
              throw new IllegalArgumentException("not that");
            });
    assertThatThrownBy(() -> join(answer)).hasRootCauseMessage("not that");
    join(loop.ask(Runnable::run));
    loop.stop();
    loop.ended().join();
  }

  @Test
  void who_hears_that_the_loop_ended_finds_it_ended_and_its_watchers_told() {
    for (int round = 0; round < 20; round++) {
      EventLoop loop = idle();
      AtomicBoolean watcherTold = new AtomicBoolean();
      CompletableFuture<Void> watched =
          loop.ended().whenComplete((nothing, failure) -> watcherTold.set(true));
      List<Boolean> seen = new ArrayList<>();
      CompletableFuture<Void> answer =
          loop.ask(done -> {})
              .whenComplete(
                  (nothing, failure) -> {
                    seen.add(loop.hasEnded());
                    seen.add(watcherTold.get());
                  });
      fail(loop);
      assertThatThrownBy(() -> join(answer))
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("has ended");
      assertThat(seen).containsExactly(true, true);
      assertThat(watched).isCompletedExceptionally();
    }
  }

  @Test
  void nothing_that_is_asked_while_the_loop_ends_stays_unanswered() {
    for (int round = 0; round < 100; round++) {
      EventLoop loop = idle();
      List<CompletableFuture<Void>> answers = new ArrayList<>();
      if (round % 2 == 0) {
        fail(loop);
      } else {
        loop.stop();
      }
      boolean ended = false;
      while (!ended) {
        ended = loop.hasEnded();
        answers.add(loop.ask(done -> {}));
      }
      for (CompletableFuture<Void> answer : answers) {
        assertThatThrownBy(() -> join(answer)).hasMessageContaining("has ended");
      }
    }
  }
}
