package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompletionsTest {
  private static void addNops(URingContext context, int count) {
    for (int request = 0; request < count; request++) {
      context.addNop(request);
    }
    context.submit();
  }

  private static List<Long> rest(Completions completions) {
    List<Long> seen = new ArrayList<>();
    completions.forEachRemaining(completion -> seen.add(completion.userData()));
    return seen;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_iterator_has_what_was_promised_and_what_else_is_there(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      addNops(context, 5);
      try (Completions completions = context.await(2)) {
        assertThat(rest(completions)).containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(completions.hasNext()).isFalse();
        assertThatThrownBy(completions::next).isInstanceOf(NoSuchElementException.class);
        context.addNop(9);
        context.submit();
        assertThat(rest(completions)).as("one that came meanwhile").containsExactly(9L);
      }
    }
  }

  @Test
  void beyond_what_was_waited_for_others_get_what_is_there() throws Exception {
    try (URingContext context = URingContext.create(64)) {
      addNops(context, 100);
      context.submit();
      try (Completions completions = context.await(1)) {
        int others = (int) WaitingThread.start(() -> context.poll(Contexts.IGNORE)).result();
        assertThat(others).isEqualTo(99);
        assertThat(rest(completions)).containsExactly(0L);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_was_claimed_and_not_read_is_given_back_by_closing(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      addNops(context, 5);
      try (Completions completions = context.await(4)) {
        assertThat(completions.next().userData()).isEqualTo(0);
      }
      List<Long> seen = new ArrayList<>();
      assertThat(context.await(4, (userData, result, flags) -> seen.add(userData))).isEqualTo(4);
      assertThat(seen).containsExactly(1L, 2L, 3L, 4L);
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_iterator_left_in_the_middle_is_given_back_by_the_next_wait(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      addNops(context, 5);
      Completions left = context.await(4);
      assertThat(left.next().userData()).isEqualTo(0);
      Completions next = context.await(4);
      assertThat(rest(next)).containsExactly(1L, 2L, 3L, 4L);
      assertThat(left.hasNext()).as("over with the next wait").isFalse();
    }
  }

  @Test
  void what_is_given_back_reaches_another_thread_that_waits() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      addNops(context, 3);
      Completions completions = context.await(3);
      WaitingThread waiter = WaitingThread.start(() -> Contexts.take(context, 3)).untilItWaits();
      completions.close();
      assertThat(waiter.result()).isEqualTo(List.of("0:0", "1:0", "2:0"));
    }
  }

  @Test
  void an_iterator_that_was_closed_has_nothing_and_closes_again() {
    try (URingContext context = URingContext.create(8)) {
      addNops(context, 2);
      Completions completions = context.await(2);
      completions.close();
      completions.close();
      assertThat(completions.hasNext()).isFalse();
      assertThat(context.poll(Contexts.IGNORE)).isEqualTo(2);
    }
  }

  @Test
  void a_wait_that_ends_with_its_time_has_an_empty_iterator() {
    try (URingContext context = URingContext.create(8)) {
      assertThat(context.await(1, Duration.ofMillis(1)).hasNext()).isFalse();
    }
  }

  @Test
  void threads_that_leave_their_iterators_lose_nothing_between_them() throws Exception {
    int requests = 2_000;
    try (URingContext context = URingContext.create(16)) {
      boolean[] taken = new boolean[requests];
      List<WaitingThread> threads = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        threads.add(
            WaitingThread.start(
                () -> {
                  List<Long> own = new ArrayList<>();
                  while (own.isEmpty() || own.get(own.size() - 1) >= 0) {
                    try (Completions completions = context.await(2)) {
                      // The rest of what was claimed is given back.
                      own.add(completions.hasNext() ? completions.next().userData() : -1);
                    }
                  }
                  own.remove(own.size() - 1);
                  return own;
                }));
      }
      int added = 0;
      while (added < requests) {
        if (context.room() > 0) {
          context.addNop(added++);
          context.submit();
        }
      }
      while (context.inFlight() > 0) {
        Thread.onSpinWait();
      }
      List<Long> all = new ArrayList<>();
      while (!threads.stream().allMatch(WaitingThread::isDone)) {
        context.wakeup();
        context.poll((userData, result, flags) -> all.add(userData));
      }
      for (WaitingThread thread : threads) {
        for (Object userData : (List<?>) thread.result()) {
          all.add((Long) userData);
        }
      }
      context.poll((userData, result, flags) -> all.add(userData));
      for (long userData : all) {
        assertThat(taken[(int) userData]).as("twice: %s", userData).isFalse();
        taken[(int) userData] = true;
      }
      assertThat(all).hasSize(requests);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void its_descriptor_polls_readable_only_while_completions_wait(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor ready = Descriptor.ofCompletions(context);
        URingContext loop = URingContext.create(8)) {
      loop.addPollFd(ready, 1, PollMode.LEVEL, 7);
      loop.addNop(1);
      assertThat(Contexts.take(loop, 1)).as("nothing waits").containsExactly("1:0");

      context.addNop(2);
      context.submit();
      assertThat(Contexts.take(loop, 1)).containsExactly("7:1");

      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
      loop.addNop(3);
      while (!Contexts.take(loop, 1).contains("3:0")) {
        Thread.onSpinWait();
      }
      loop.addNop(4);
      assertThat(Contexts.take(loop, 1)).as("nothing waits again").containsExactly("4:0");
    }
  }

  @Test
  void a_closed_context_has_no_descriptor_to_poll() {
    URingContext context = URingContext.create(1);
    context.close();
    assertThatThrownBy(() -> Descriptor.ofCompletions(context))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
