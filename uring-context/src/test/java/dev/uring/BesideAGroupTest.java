package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Awaiting does not wait for a thread that adds a group, which may take any time. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BesideAGroupTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** What is done in the middle of a group, before its last request. */
  private interface Middle {
    void run() throws Exception;
  }

  private static void group(URingContext context, Middle middle) {
    context
        .chains()
        .together(
            2,
            () -> {
              context.addNop(1);
              try {
                middle.run();
              } catch (RuntimeException e) {
                throw e;
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              context.addNop(2);
            });
  }

  /** Another thread awaits until its time is up, and leaves. */
  private static void awaitInVain(URingContext context) throws Exception {
    WaitingThread other = WaitingThread.start(() -> context.await(1, MOMENT, Contexts.IGNORE));
    assertThat(other.result()).isEqualTo(0);
  }

  private static List<String> polled(URingContext context) {
    List<String> seen = new ArrayList<>();
    int unused = context.poll((userData, result, flags) -> seen.add(userData + ":" + result));
    return seen;
  }

  @Test
  void an_await_gets_what_is_there() {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(7);
      assertThat(context.submit()).isOne();
      group(
          context,
          () -> {
            WaitingThread other = WaitingThread.start(() -> Contexts.take(context, 1));
            assertThat(other.result()).hasToString("[7:0]");
          });
      assertThat(Contexts.take(context, 2)).containsExactly("1:0", "2:0");
    }
  }

  @Test
  void a_deadline_ends_an_await() {
    try (URingContext context = URingContext.create(8)) {
      group(
          context,
          () -> {
            awaitInVain(context);
          });
    }
  }

  @Test
  void an_interrupt_ends_an_await() {
    try (URingContext context = URingContext.create(8)) {
      group(
          context,
          () -> {
            WaitingThread other =
                WaitingThread.start(
                    () -> {
                      int count = context.await(1, Contexts.IGNORE);
                      return count + " " + Thread.currentThread().isInterrupted();
                    });
            other.untilItWaits().thread().interrupt();
            assertThat(other.result()).isEqualTo("0 true");
          });
    }
  }

  @Test
  void a_wakeup_ends_an_await() {
    try (URingContext context = URingContext.create(8)) {
      group(
          context,
          () -> {
            WaitingThread other =
                WaitingThread.start(() -> context.await(1, Contexts.IGNORE)).untilItWaits();
            context.wakeup();
            assertThat(other.result()).isEqualTo(0);
          });
    }
  }

  @Test
  void what_comes_meanwhile_is_had() throws Exception {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 7);
      assertThat(context.submit()).isOne();
      group(
          context,
          () -> {
            WaitingThread other =
                WaitingThread.start(() -> Contexts.take(context, 1)).untilItWaits();
            pipe.write((byte) 1);
            assertThat(other.result()).hasToString("[7:1]");
          });
    }
  }

  @Test
  void what_an_await_could_not_submit_is_submitted_when_the_group_is_done() {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(7);
      group(
          context,
          () -> {
            awaitInVain(context);
          });
      assertThat(polled(context)).containsExactly("7:0", "1:0", "2:0");
      group(context, () -> {});
      assertThat(polled(context)).as("where nobody wanted to").isEmpty();
    }
  }

  @Test
  void what_an_await_could_not_submit_is_submitted_though_the_group_fails() {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(7);
      IllegalStateException failure = new IllegalStateException("fails");
      try {
        group(
            context,
            () -> {
              awaitInVain(context);
              throw failure;
            });
      } catch (IllegalStateException e) {
        assertThat(e).isSameAs(failure);
      }
      assertThat(polled(context)).containsExactly("7:0");
    }
  }

  @Test
  void an_await_that_still_waits_has_its_request_when_the_group_is_done() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(7);
      List<WaitingThread> others = new ArrayList<>();
      group(
          context,
          () -> others.add(WaitingThread.start(() -> Contexts.take(context, 3)).untilItWaits()));
      assertThat(others.get(0).result()).hasToString("[7:0, 1:0, 2:0]");
    }
  }

  @Test
  void a_refused_group_within_the_group_changes_nothing_of_that() {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(7);
      group(
          context,
          () -> {
            awaitInVain(context);
            assertThatThrownBy(() -> group(context, () -> {}))
                .hasMessageContaining("being added together already");
          });
      assertThat(polled(context)).containsExactly("7:0", "1:0", "2:0");
    }
  }

  @Test
  void an_await_ends_though_the_context_is_closed_meanwhile() throws Exception {
    URingContext context = URingContext.create(8);
    List<WaitingThread> closing = new ArrayList<>();
    group(
        context,
        () -> {
          WaitingThread other =
              WaitingThread.start(() -> context.await(1, Contexts.IGNORE)).untilItWaits();
          closing.add(
              WaitingThread.start(
                  () -> {
                    context.close();
                    return null;
                  }));
          assertThatThrownBy(other::result).hasStackTraceContaining("the context is closed");
        });
    closing.get(0).untilItHasExited();
    Contexts.mustBeClosed(context);
  }
}
