package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WakingTest {
  private static final int POLLIN = 1;
  private static final Duration LONG = Duration.ofMinutes(10);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wakeup_before_the_wait_ends_it_at_once_and_gives_nothing(boolean confined) {
    try (URingContext context = Contexts.of(4, confined)) {
      context.wakeup();
      assertThat(context.await(1, LONG, Contexts.IGNORE)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void each_wakeup_ends_one_wait(boolean confined) {
    try (URingContext context = Contexts.of(4, confined)) {
      context.wakeup();
      context.wakeup();
      context.wakeup();
      for (int wait = 0; wait < 3; wait++) {
        assertThat(context.await(1, LONG, Contexts.IGNORE)).isZero();
      }
      context.addNop(1);
      assertThat(context.await(1, LONG, Contexts.IGNORE)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wakeup_that_a_poll_came_across_still_ends_the_next_wait(boolean confined) {
    try (URingContext context = Contexts.of(4, confined)) {
      context.wakeup();
      // A request takes the poll past the message that the wake-up is.
      context.addNop(1);
      context.submit();
      List<Long> polled = new ArrayList<>();
      while (polled.isEmpty()) {
        context.poll((userData, result, flags) -> polled.add(userData));
      }
      assertThat(context.await(1, LONG, Contexts.IGNORE)).isZero();
    }
  }

  @Test
  void a_wakeup_reaches_a_waiter_when_both_rings_are_full() throws Exception {
    int places = 4;
    try (URingContext context = URingContext.builder(2).completionEntries(places).build();
        Descriptor event = Descriptor.eventFd(0)) {
      for (int request = 0; request < places - 2; request++) {
        context.addPollFd(event, POLLIN, request);
      }
      context.submit();
      WaitingThread waiter =
          WaitingThread.start(() -> context.await(places, Contexts.IGNORE)).untilItWaits();
      // Two more fill the submission ring and the table; nobody submits them.
      context.addPollFd(event, POLLIN, 2);
      context.addPollFd(event, POLLIN, 3);
      assertThat(context.room()).isZero();
      context.wakeup();
      assertThat(waiter.result()).isEqualTo(0);
      assertThat(context.inFlight()).isEqualTo(places);
    }
  }

  @Test
  void a_wakeup_beyond_a_full_completion_ring_is_kept() {
    int places = 4;
    try (URingContext context = URingContext.builder(2).completionEntries(places).build()) {
      for (int request = 0; request < places; request++) {
        context.addNop(request);
      }
      context.submit();
      context.wakeup();
      assertThat(Contexts.take(context, places)).hasSize(places);
      assertThat(context.await(1, LONG, Contexts.IGNORE)).as("now, or the next one").isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_context_that_may_do_nothing_is_woken_all_the_same(boolean confined) throws Exception {
    WaitingThread waiter;
    URingContext[] made = new URingContext[1];
    waiter =
        WaitingThread.start(
            () -> {
              ContextBuilder builder = URingContext.builder(4).allowlist(URingAllowlist.nothing());
              try (URingContext context = (confined ? builder.confined() : builder).build()) {
                made[0] = context;
                int woken = context.await(1, Contexts.IGNORE);
                context.addNop(1);
                return woken + " " + Contexts.take(context, 1);
              }
            });
    waiter.untilItWaits();
    made[0].wakeup();
    assertThat(waiter.result()).isEqualTo("0 [1:" + -Errno.EACCES + "]");
  }

  @Test
  void as_many_wakeups_as_waiters_let_all_of_them_go() throws Exception {
    int waiters = 5;
    try (URingContext context = URingContext.create(4)) {
      List<WaitingThread> threads = new ArrayList<>();
      for (int waiter = 0; waiter < waiters; waiter++) {
        threads.add(WaitingThread.start(() -> context.await(1, Contexts.IGNORE)));
      }
      for (WaitingThread thread : threads) {
        thread.untilItWaits();
      }
      for (int wakeup = 0; wakeup < waiters; wakeup++) {
        context.wakeup();
      }
      for (WaitingThread thread : threads) {
        assertThat(thread.result()).isEqualTo(0);
      }
    }
  }

  @Test
  void one_wakeup_lets_one_of_several_waiters_go_and_the_others_keep_their_promise()
      throws Exception {
    try (URingContext context = URingContext.create(4)) {
      WaitingThread one = WaitingThread.start(() -> context.await(1, Contexts.IGNORE));
      WaitingThread other = WaitingThread.start(() -> context.await(1, Contexts.IGNORE));
      one.untilItWaits();
      other.untilItWaits();
      context.wakeup();
      while (!one.isDone() && !other.isDone()) {
        Thread.onSpinWait();
      }
      WaitingThread stays = one.isDone() ? other : one;
      stays.untilItWaits();
      context.addNop(1);
      context.submit();
      assertThat(stays.result()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wakeup_gives_a_wait_for_several_what_there_is(boolean confined) {
    try (URingContext context = Contexts.of(4, confined)) {
      context.addNop(1);
      context.wakeup();
      assertThat(context.await(3, LONG, Contexts.IGNORE)).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void waking_a_closed_context_does_nothing() {
    URingContext context = URingContext.create(4);
    context.close();
    context.wakeup();
    assertThat(context.isClosed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_poll_sees_what_completed_after_it_was_submitted(boolean confined) throws Exception {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = Contexts.of(4, confined);
        Pipe pipe = Pipe.open()) {
      Contexts.addRead(context, pipe.readEnd(), memory, 1);
      context.submit();
      assertThat(context.poll(Contexts.IGNORE)).isZero();
      pipe.write((byte) 7);
      while (context.poll(Contexts.IGNORE) == 0) {
        Thread.onSpinWait();
      }
      assertThat(memory.buffer().get(0)).isEqualTo((byte) 7);
    }
  }
}
