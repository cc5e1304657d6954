package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Completions are claimed many at a time; what a handler does in between changes nothing. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompletionRunTest {
  private static final int MANY = 3 * CompletionRun.LENGTH + 5;

  private final List<Long> taken = new ArrayList<>();

  private static URingContext context(boolean confined) {
    return Contexts.of(2 * MANY, confined);
  }

  private static void addNops(URingContext context, long from, int count) {
    for (long userData = from; userData < from + count; userData++) {
      context.addNop(userData);
    }
  }

  private static Long[] upTo(long end) {
    return LongStream.range(0, end).boxed().toArray(Long[]::new);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_handler_that_throws_loses_only_the_completion_that_it_got(boolean confined) {
    try (URingContext context = context(confined)) {
      addNops(context, 0, MANY);

      CompletionHandler throwing =
          (userData, result, flags) -> {
            taken.add(userData);
            if (userData % 7 == 3) {
              throw new IllegalStateException("thrown by the handler");
            }
          };
      int thrown = 0;
      while (context.inFlight() > 0 || taken.size() < MANY) {
        try {
          context.await(1, throwing);
        } catch (IllegalStateException e) {
          thrown++;
        }
      }

      assertThat(taken).containsExactly(upTo(MANY));
      assertThat(thrown).isEqualTo((MANY + 3) / 7);
      assertThat(context.poll(throwing)).isZero();
    }
  }

  @Test
  void what_a_throwing_handler_leaves_reaches_another_thread_that_waits() throws Exception {
    try (URingContext context = context(false)) {
      AtomicReference<WaitingThread> other = new AtomicReference<>();
      addNops(context, 0, 4);

      assertThatThrownBy(
              () ->
                  context.await(
                      4,
                      (userData, result, flags) -> {
                        WaitingThread waiter =
                            WaitingThread.start(() -> Contexts.take(context, 3)).untilItWaits();
                        other.set(waiter);
                        throw new IllegalStateException("thrown by the handler");
                      }))
          .hasMessage("thrown by the handler");

      assertThat(other.get().result()).isEqualTo(List.of("1:0", "2:0", "3:0"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_throwing_handler_leaves_keeps_the_descriptor_readable(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor ready = Descriptor.ofCompletions(context);
        URingContext loop = URingContext.create(8)) {
      addNops(context, 0, 4);
      assertThatThrownBy(
              () ->
                  context.await(
                      4,
                      (userData, result, flags) -> {
                        throw new IllegalStateException("thrown by the handler");
                      }))
          .hasMessage("thrown by the handler");

      loop.addPollFd(ready, 1, PollMode.ONCE, 7);
      assertThat(Contexts.take(loop, 1)).containsExactly("7:1");
      assertThat(Contexts.take(context, 3)).containsExactly("1:0", "2:0", "3:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_handler_that_awaits_gets_what_was_claimed_around_it(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      addNops(context, 0, 5);

      int outer =
          context.await(
              1,
              (userData, result, flags) -> {
                taken.add(userData);
                // All five are claimed: whoever asked the kernel for the other four would wait.
                int inner = context.await(4, (more, moreResult, moreFlags) -> taken.add(more));
                assertThat(inner).isEqualTo(4);
              });

      assertThat(outer).isEqualTo(1);
      assertThat(taken).containsExactly(upTo(5));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void places_are_free_before_their_completions_are_handed_over(boolean confined) {
    try (URingContext context = Contexts.of(4, confined)) {
      int places = context.room();
      addNops(context, 0, places);

      context.await(places, (userData, result, flags) -> context.addNop(places + userData));

      assertThat(context.inFlight()).isEqualTo(places);
      assertThat(context.await(places, Contexts.IGNORE)).isEqualTo(places);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, CompletionRun.LENGTH})
  void who_waited_for_one_leaves_some_to_others_and_who_waited_for_all_none(int minimum)
      throws Exception {
    try (URingContext context = context(false)) {
      addNops(context, 0, CompletionRun.LENGTH);
      context.submit();
      int[] others = {-1};

      context.await(
          minimum,
          (userData, result, flags) -> {
            taken.add(userData);
            if (others[0] < 0) {
              others[0] = pollByAnotherThread(context);
            }
          });

      int left = minimum == 1 ? CompletionRun.LENGTH - CompletionRun.SHARE : 0;
      assertThat(others[0]).isEqualTo(left);
      assertThat(taken).containsExactly(upTo(CompletionRun.LENGTH - left));
    }
  }

  private static int pollByAnotherThread(URingContext context) {
    try {
      return (int) WaitingThread.start(() -> context.poll(Contexts.IGNORE)).result();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_wake_up_among_many_completions_ends_one_wait_and_costs_none() {
    try (URingContext context = context(false)) {
      addNops(context, 0, 5);
      context.submit();
      context.wakeup();
      addNops(context, 5, 5);
      context.submit();

      assertThat(context.await(10, (userData, result, flags) -> taken.add(userData))).isEqualTo(10);
      assertThat(taken).containsExactly(upTo(10));
      assertThat(context.await(1, Contexts.IGNORE)).isZero();
    }
  }
}
