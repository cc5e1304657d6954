package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.UringException;
import dev.uring.ring.struct.EpollEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The descriptor of a context's completions, in a loop of the kind that knows epoll only. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompletionsInEpollTest {
  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLLIN = 1;
  private static final int NOT_WAITING = 0;

  /** Until the rule's own time is up. */
  private static final int WAITING = -1;

  private static final long DATA = 0x1122334455667788L;

  /** An epoll instance that watches one descriptor for reading. */
  private record Epoll(Descriptor instance) implements AutoCloseable {
    static Epoll of(Descriptor watched) {
      int made = (int) Calls.check("epoll_create1", LinuxCalls.C.epoll_create1(EPOLL_CLOEXEC));
      Epoll epoll = new Epoll(Descriptor.own(made, "epoll"));
      EpollEvents event = new EpollEvents(1).set(0, EPOLLIN, DATA);
      int fd = watched.acquire();
      try {
        int result = LinuxCalls.C.epoll_ctl(made, EPOLL_CTL_ADD, fd, event.address());
        assertThat(result).as("epoll watches it").isZero();
      } finally {
        watched.release();
      }
      return epoll;
    }

    boolean isReadable(int milliseconds) {
      EpollEvents seen = new EpollEvents(2);
      int fd = instance.acquire();
      try {
        int ready = LinuxCalls.C.epoll_wait(fd, seen.address(), 2, milliseconds);
        assertThat(ready).isBetween(0, 1);
        if (ready == 1) {
          assertThat(seen.events(0)).isEqualTo(EPOLLIN);
          assertThat(seen.data(0)).isEqualTo(DATA);
        }
        return ready == 1;
      } finally {
        instance.release();
      }
    }

    @Override
    public void close() {
      instance.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_is_readable_from_a_completion_on_until_that_was_taken(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      for (int round = 0; round < 3; round++) {
        assertThat(epoll.isReadable(NOT_WAITING)).as("nothing was added").isFalse();
        context.addNop(1);
        assertThat(epoll.isReadable(NOT_WAITING)).as("nothing was submitted").isFalse();
        context.submit();
        assertThat(epoll.isReadable(NOT_WAITING)).as("one completed").isTrue();
        assertThat(epoll.isReadable(NOT_WAITING)).as("still").isTrue();

        assertThat(context.poll(Contexts.IGNORE)).isOne();
      }
      assertThat(epoll.isReadable(NOT_WAITING)).as("all were taken").isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_completes_later_makes_it_readable_and_a_request_in_flight_does_not(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      for (int round = 0; round < 3; round++) {
        Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), round);
        context.submit();
        assertThat(epoll.isReadable(NOT_WAITING)).as("in flight").isFalse();
        pipe.write((byte) 1);
        assertThat(epoll.isReadable(WAITING)).isTrue();

        assertThat(Contexts.take(context, 1)).containsExactly(round + ":1");
        assertThat(epoll.isReadable(NOT_WAITING)).as("taken").isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoever_begins_to_watch_sees_what_has_completed_before(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        Descriptor ready = Descriptor.ofCompletions(context)) {
      for (int round = 0; round < 3; round++) {
        Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), round);
        context.submit();
        pipe.write((byte) 1);
        try (Epoll epoll = Epoll.of(ready)) {
          assertThat(epoll.isReadable(WAITING)).isTrue();
          assertThat(Contexts.take(context, 1)).containsExactly(round + ":1");
          assertThat(epoll.isReadable(NOT_WAITING)).as("taken").isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void who_waits_in_epoll_is_woken_by_what_completes(boolean confined) throws Exception {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
      context.submit();
      assertThat(epoll.isReadable(NOT_WAITING)).isFalse();
      WaitingThread loop = WaitingThread.start(() -> epoll.isReadable(WAITING));
      pipe.write((byte) 1);
      assertThat(loop.result()).isEqualTo(true);
      assertThat(Contexts.take(context, 1)).containsExactly("1:1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_handler_that_threw_has_left_makes_it_readable(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      context.addNop(1);
      context.addNop(2);
      assertThatThrownBy(
              () ->
                  context.await(
                      2,
                      (userData, result, flags) -> {
                        throw new IllegalArgumentException("thrown by the handler");
                      }))
          .hasMessage("thrown by the handler");
      assertThat(epoll.isReadable(WAITING)).isTrue();
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_stays_readable_while_some_were_not_taken(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      context.addNop(1);
      context.addNop(2);
      context.submit();
      assertThat(context.core().waiter().poll(Contexts.IGNORE, 1)).isOne();
      assertThat(epoll.isReadable(NOT_WAITING)).as("one was left").isTrue();
      assertThat(context.core().waiter().poll(Contexts.IGNORE, 1)).isOne();
      assertThat(epoll.isReadable(NOT_WAITING)).as("none was left").isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_an_abandoned_iterator_gave_back_makes_it_readable(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      context.addNop(1);
      context.addNop(2);
      try (Completions completions = context.await(2)) {
        assertThat(completions.next().userData()).isEqualTo(1);
      }
      assertThat(epoll.isReadable(WAITING)).isTrue();
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
      context.poll(Contexts.IGNORE);
      assertThat(epoll.isReadable(NOT_WAITING)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_completes_while_a_handler_runs_makes_it_readable(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
      context.addNop(2);
      context.await(1, (userData, result, flags) -> pipe.write((byte) 1));
      assertThat(epoll.isReadable(WAITING)).isTrue();
      assertThat(Contexts.take(context, 1)).containsExactly("1:1");
    }
  }

  @Test
  void one_thread_waits_in_one_confined_context_for_the_completions_of_another() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      WaitingThread loop = WaitingThread.start(() -> takeThroughAnother(pipe));
      loop.untilItWaits();
      pipe.write((byte) 1);
      assertThat(loop.result()).isEqualTo(List.of("1:1"));
    }
  }

  private static List<String> takeThroughAnother(Pipe pipe) {
    try (URingContext outer = Contexts.of(8, true);
        URingContext inner = Contexts.of(8, true);
        Descriptor ready = Descriptor.ofCompletions(inner)) {
      Contexts.addRead(inner, pipe.readEnd(), NativeMemory.allocate(1), 1);
      inner.submit();
      outer.addPollFd(ready, EPOLLIN, 7);
      assertThat(Contexts.take(outer, 1)).containsExactly("7:1");
      List<String> taken = new ArrayList<>();
      inner.poll((userData, result, flags) -> taken.add(userData + ":" + result));
      return taken;
    }
  }

  @Test
  void a_restricted_context_is_asked_for_it_before_it_is_enabled() {
    URingAllowlist nops = URingAllowlist.builder().allow(UringOperation.NOP).build();
    try (URingContext context = Contexts.disabled(8, nops, true);
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      context.enable();
      assertThat(epoll.isReadable(NOT_WAITING)).as("nothing was added").isFalse();
      context.addNop(1);
      context.submit();
      assertThat(epoll.isReadable(WAITING)).isTrue();
    }
    try (URingContext context = Contexts.disabled(8, nops, true)) {
      context.enable();
      assertThatThrownBy(() -> Descriptor.ofCompletions(context))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("while it is disabled");
      context.addNop(1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }

  @Test
  void looking_at_the_policy_leaves_it_unreadable() {
    ContextBuilder builder = URingContext.builder(8).confined().disabled();
    try (URingContext context = builder.observePolicy(seen -> {}).build();
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      context.enable();
      assertThat(epoll.isReadable(NOT_WAITING)).isFalse();
    }
  }

  @Test
  void of_a_confined_one_it_is_the_owners_to_ask_for() throws Exception {
    try (URingContext context = Contexts.of(8, true)) {
      WaitingThread other = WaitingThread.start(() -> Descriptor.ofCompletions(context));
      assertThatThrownBy(other::result)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("confined");
    }
  }

  @Test
  void a_close_by_another_thread_wakes_the_owner_who_waits_for_completions() throws Exception {
    URingContext context = Contexts.of(8, true);
    try (Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      assertThat(epoll.isReadable(NOT_WAITING)).isFalse();
      Contexts.closeByAnother(context);
      assertThat(epoll.isReadable(WAITING)).isTrue();
      assertThatThrownBy(() -> context.poll(Contexts.IGNORE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the context is closed");
      Contexts.mustBeClosed(context);
    }
  }

  @Test
  void a_handler_that_closes_leaves_none_of_its_descriptors_open() {
    OpenDescriptors.mustNotLeak(
        200,
        () -> {
          URingContext context = Contexts.of(8, true);
          Descriptor.ofCompletions(context).close();
          context.addNop(1);
          assertThat(context.await(1, (userData, result, flags) -> context.close())).isOne();
          Contexts.mustBeClosed(context);
        });
  }

  /** Whoever takes a report of what stays true is told to come by, or nobody asks again. */
  @ParameterizedTest
  @MethodSource("waysToTake")
  void what_stays_true_makes_it_readable_again_and_again(ToIntFunction<URingContext> taking) {
    mustReportAgainAndAgain(false, taking);
    mustReportAgainAndAgain(true, taking);
  }

  private static void mustReportAgainAndAgain(
      boolean confined, ToIntFunction<URingContext> taking) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(1);
        Descriptor ready = Descriptor.ofCompletions(context);
        Epoll epoll = Epoll.of(ready)) {
      context.addPollFd(event, EPOLLIN, PollMode.LEVEL, 1);
      context.submit();
      int reports = 0;
      while (reports < 5) {
        assertThat(epoll.isReadable(WAITING)).isTrue();
        reports += taking.applyAsInt(context);
      }
    }
  }

  static List<ToIntFunction<URingContext>> waysToTake() {
    return List.of(
        context -> context.poll(Contexts.IGNORE),
        context -> context.await(1, Contexts.IGNORE),
        context -> context.await(1, Duration.ZERO, Contexts.IGNORE),
        context -> {
          try (Completions completions = context.await(1)) {
            return completions.next().hasMore() ? 1 : 0;
          }
        });
  }
}
