package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.CompletionFlags;
import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollingTest {
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_poll_is_removed_by_its_user_data_and_both_complete(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      context.addPollFd(event, POLLIN, 1);
      context.removePollFd(1, 2);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, "2:0");
      context.removePollFd(1, 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.ENOENT);
    }
  }

  @Test
  void of_several_with_the_same_user_data_the_poll_is_removed_and_the_read_is_not() {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open();
        Descriptor event = Descriptor.eventFd(0)) {
      Contexts.addRead(context, pipe.readEnd(), memory, 7);
      context.addPollFd(event, POLLIN, 7);
      context.removePollFd(7, 2);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("7:" + -Errno.ECANCELED, "2:0");
      pipe.write((byte) 1);
      assertThat(Contexts.take(context, 1)).containsExactly("7:1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_update_changes_what_a_poll_waits_for(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      context.addPollFd(event, POLLIN, 1);
      context.updatePollFd(1, POLLOUT, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:" + POLLOUT, "2:0");
      context.updatePollFd(1, POLLOUT, 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.ENOENT);
    }
  }

  private static Completion next(URingContext context) {
    try (Completions completions = context.await(1)) {
      return completions.next();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_edge_poll_reports_each_time_and_not_in_between(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.EDGE, 1);
      context.submit();
      for (int round = 0; round < 5; round++) {
        pipe.write((byte) round);
        Completion reported = next(context);
        assertThat(reported.userData()).isEqualTo(1);
        assertThat(reported.result() & POLLIN).isEqualTo(POLLIN);
        assertThat(reported.hasMore()).isTrue();
        context.addNop(2);
        assertThat(next(context)).as("it is readable still").isEqualTo(new Completion(2, 0, 0));
      }
      assertThat(context.inFlight()).isEqualTo(1);
      context.removePollFd(1, 3);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, "3:0");
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_level_poll_reports_as_long_as_it_is_true_and_then_waits(boolean confined) {
    NativeMemory memory = NativeMemory.allocate(8);
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.LEVEL, 1);
      pipe.write((byte) 1);
      pipe.write((byte) 2);
      Completion first = next(context);
      assertThat(first.userData()).isEqualTo(1);
      assertThat(first.result()).isEqualTo(POLLIN);
      assertThat(first.hasMore()).isTrue();
      Contexts.addRead(context, pipe.readEnd(), memory, 2);
      List<Completion> seen = new ArrayList<>();
      while (seen.stream().noneMatch(completion -> completion.userData() == 2)) {
        seen.add(next(context));
      }
      assertThat(seen).contains(new Completion(2, 2, 0));
      context.addNop(3);
      while (next(context).userData() != 3) {
        Thread.onSpinWait();
      }
      context.addNop(4);
      assertThat(next(context).userData()).as("nothing is there").isEqualTo(4);
      pipe.write((byte) 3);
      assertThat(next(context).userData()).as("true again").isEqualTo(1);
      assertThat(context.inFlight()).isEqualTo(1);
    }
  }

  /** The ways to end a poll; each but the first one counts what it found. */
  private static List<BiConsumer<URingContext, Target>> waysToCancel() {
    return List.of(
        (context, target) -> context.removePollFd(1, 2),
        (context, target) -> context.asyncCancel(1, 2),
        (context, target) -> context.cancels().all(1, 2),
        (context, target) -> context.cancels().oneOf(target, 2),
        (context, target) -> context.cancels().allOf(target, 2),
        (context, target) -> context.cancels().everything(2));
  }

  @ParameterizedTest
  @MethodSource("waysToCancel")
  void a_level_poll_that_has_just_reported_is_cancelled_all_the_same(
      BiConsumer<URingContext, Target> cancel) {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      pipe.write((byte) 1);
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.LEVEL, 1);
      assertThat(next(context)).isEqualTo(new Completion(1, POLLIN, CompletionFlags.MORE));
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 5);
      while (next(context).userData() != 5) {
        Thread.onSpinWait();
      }
      cancel.accept(context, pipe.readEnd());
      List<Completion> seen = new ArrayList<>();
      while (seen.size() < 2) {
        seen.add(next(context));
      }
      assertThat(context.inFlight()).isZero();
      assertThat(seen).contains(new Completion(1, -Errno.ECANCELED, 0));
      assertThat(seen)
          .filteredOn(completion -> completion.userData() == 2)
          .singleElement()
          .extracting(Completion::result)
          .isIn(0, 1);
    }
  }

  @Test
  void an_update_changes_what_a_level_poll_waits_for_from_then_on() {
    try (URingContext context = URingContext.create(8);
        Descriptor event = Descriptor.eventFd(0)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, 1);
      context.updatePollFd(1, POLLOUT, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:" + POLLOUT, "2:0");
      assertThat(next(context)).isEqualTo(new Completion(1, POLLOUT, CompletionFlags.MORE));
    }
  }

  @Test
  void closing_ends_a_level_poll_that_is_about_to_ask_again() {
    URingContext closed;
    try (Pipe pipe = Pipe.open();
        URingContext context = URingContext.create(8)) {
      closed = context;
      pipe.write((byte) 1);
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.LEVEL, 1);
      assertThat(next(context).hasMore()).isTrue();
    }
    assertThat(closed.inFlight()).isZero();
  }

  @Test
  void several_polls_of_one_descriptor_all_report() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      for (int poll = 0; poll < 5; poll++) {
        context.addPollFd(pipe.readEnd(), POLLIN, poll);
      }
      context.submit();
      pipe.write((byte) 1);
      assertThat(Contexts.take(context, 5))
          .containsExactlyInAnyOrder("0:1", "1:1", "2:1", "3:1", "4:1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void completions_beyond_the_completion_ring_are_kept_and_all_are_handed_over(boolean confined)
      throws Exception {
    int places = 4;
    int polls = 3;
    int rounds = 50;
    ContextBuilder builder = URingContext.builder(4).completionEntries(places);
    try (URingContext context = (confined ? builder.confined() : builder).build();
        Pipe pipe = Pipe.open()) {
      boolean[] armed = new boolean[polls];
      int[] reports = new int[polls];
      CompletionHandler count =
          (userData, result, flags) -> {
            if (userData < polls) {
              assertThat(result & POLLIN).isEqualTo(POLLIN);
              reports[(int) userData]++;
              armed[(int) userData] = !CompletionFlags.isLast(flags);
            }
          };
      for (int round = 0; round < rounds; round++) {
        for (int poll = 0; poll < polls; poll++) {
          if (!armed[poll]) {
            context.addPollFd(pipe.readEnd(), POLLIN, PollMode.EDGE, poll);
            armed[poll] = true;
          }
        }
        context.submit();
        int[] before = reports.clone();
        // More events than there is room for completions, with nobody taking any.
        for (int event = 0; event < 2 * places; event++) {
          pipe.write((byte) event);
          context.submit();
          context.wakeup();
        }
        for (int poll = 0; poll < polls; poll++) {
          while (reports[poll] == before[poll]) {
            context.await(1, count);
          }
        }
        while (context.poll(count) > 0) {
          Thread.onSpinWait();
        }
      }
      assertThat(context.counters().overflowed()).as("lost").isZero();
      assertThat(context.counters().strangers()).isZero();
      int armedNow = 0;
      for (boolean one : armed) {
        armedNow += one ? 1 : 0;
      }
      assertThat(context.inFlight()).as("places of ended polls are free").isEqualTo(armedNow);
    }
  }
}
