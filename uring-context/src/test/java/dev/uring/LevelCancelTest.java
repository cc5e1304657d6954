package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A poll that reports while something is true ends when it is cancelled, though it stays true. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LevelCancelTest {
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;
  private static final long POLL = 1;
  private static final long CANCEL = 2;

  private static final List<Integer> ZERO = List.of(0);
  private static final List<Integer> ONE = List.of(1);

  /** Where the kernel may have found it after all, and then counts it. */
  private static final List<Integer> EITHER = List.of(0, 1);

  private final List<String> seen = new ArrayList<>();

  static Stream<Arguments> cancels() {
    return Stream.of(
            cancel("asyncCancel", ZERO, (context, event) -> context.asyncCancel(POLL, CANCEL)),
            cancel("removePollFd", ZERO, (context, event) -> context.removePollFd(POLL, CANCEL)),
            cancel("all", ONE, (context, event) -> context.cancels().all(POLL, CANCEL)),
            cancel("allOf", EITHER, (context, event) -> context.cancels().allOf(event, CANCEL)),
            cancel("everything", EITHER, (context, event) -> context.cancels().everything(CANCEL)))
        .flatMap(each -> Stream.of(true, false).map(confined -> with(each, confined)));
  }

  private static Object[] cancel(
      String name, List<Integer> results, BiConsumer<URingContext, Descriptor> cancelling) {
    return new Object[] {name, results, cancelling};
  }

  private static Arguments with(Object[] cancel, boolean confined) {
    return Arguments.of(cancel[0], cancel[1], cancel[2], confined);
  }

  private void taken(long userData, int result, int flags) {
    seen.add(userData + ":" + result + (flags == 0 ? "" : "+"));
  }

  @ParameterizedTest(name = "{0} {3}")
  @MethodSource("cancels")
  void while_its_report_waits_to_be_taken(
      String name,
      List<Integer> results,
      BiConsumer<URingContext, Descriptor> cancelling,
      boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      context.submit();
      cancelling.accept(context, event);
      mustEnd(context, results);
    }
  }

  @ParameterizedTest(name = "{0} {3}")
  @MethodSource("cancels")
  void when_it_has_reported_and_is_to_be_made_again(
      String name,
      List<Integer> results,
      BiConsumer<URingContext, Descriptor> cancelling,
      boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      context.await(
          1,
          (userData, reported, flags) -> {
            if (seen.isEmpty()) {
              cancelling.accept(context, event);
            }
            taken(userData, reported, flags);
          });
      mustEnd(context, results);
    }
  }

  /** The kernel does not touch one whose report waits for its owner, in a confined context. */
  @ParameterizedTest(name = "{0} {3}")
  @MethodSource("cancels")
  void when_it_is_about_to_report(
      String name,
      List<Integer> results,
      BiConsumer<URingContext, Descriptor> cancelling,
      boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.LEVEL, POLL);
      context.submit();
      pipe.write((byte) 1);
      cancelling.accept(context, pipe.readEnd());
      mustEnd(context, results);
    }
  }

  /** It is made again before whoever names it: what names a file knows it by nothing else. */
  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void when_it_has_reported_and_is_true_no_more_it_is_found(boolean confined, boolean updates) {
    try (URingContext context = Contexts.of(8, confined);
        URingContext elsewhere = URingContext.create(4);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      assertThat(Contexts.take(context, 1)).containsExactly(POLL + ":" + POLLIN);
      Contexts.addRead(elsewhere, event, NativeMemory.allocate(8), 3);
      assertThat(Contexts.take(elsewhere, 1)).containsExactly("3:8");

      if (updates) {
        context.updatePollFd(POLL, POLLOUT, CANCEL);
      } else {
        context.cancels().oneOf(event, CANCEL);
      }
      List<String> answers = new ArrayList<>(Contexts.take(context, 1));
      if (answers.size() == 1) {
        assertThat(answers).doesNotContain(CANCEL + ":" + -Errno.ENOENT);
        answers.addAll(Contexts.take(context, 1));
      }
      assertThat(answers)
          .containsExactlyInAnyOrder(
              CANCEL + ":0", POLL + ":" + (updates ? POLLOUT : -Errno.ECANCELED));
      assertThat(context.inFlight()).isEqualTo(updates ? 1 : 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_cancel_that_was_taken_back_or_was_never_run_ends_nothing(boolean confined) {
    try (URingContext context = Contexts.of(16, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      context.submit();
      for (Runnable cancel :
          List.<Runnable>of(
              () -> context.asyncCancel(POLL, CANCEL),
              () -> context.cancels().everything(CANCEL),
              () -> context.cancels().allOf(event, CANCEL))) {
        assertThatThrownBy(
                () ->
                    context
                        .chains()
                        .together(
                            2,
                            () -> {
                              cancel.run();
                              throw new IllegalStateException("taken back");
                            }))
            .hasMessage("taken back");
        context.await(1, this::taken);
        assertThat(seen).last().isEqualTo(POLL + ":1+");
      }
      context
          .chains()
          .linked(
              2,
              () -> {
                Contexts.addRead(context, Descriptor.eventFd(0), NativeMemory.allocate(1), 3);
                context.asyncCancel(POLL, CANCEL);
              });
      seen.clear();
      while (seen.size() < 6) {
        context.await(1, this::taken);
      }
      assertThat(seen).contains("3:" + -Errno.EINVAL, CANCEL + ":" + -Errno.ECANCELED);
      assertThat(seen).last().isEqualTo(POLL + ":1+");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_ends_no_poll_goes_on_to_the_next_of_its_user_data(boolean confined) {
    try (URingContext context = Contexts.of(16, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      context.timeouts().add(Duration.ofHours(1), POLL);
      context.submit();
      context.asyncCancel(POLL, CANCEL);
      context.timeouts().remove(POLL, 3);
      while (context.inFlight() > 0) {
        context.await(1, this::taken);
      }
      assertThat(seen).contains("3:0", CANCEL + ":0");
      assertThat(seen).filteredOn(text -> text.equals(POLL + ":" + -Errno.ECANCELED)).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_iteration_ends_though_something_stays_true(boolean confined) {
    try (URingContext context = Contexts.of(16, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addNop(7);
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      int reports = 0;
      try (Completions completions = context.await(1)) {
        while (completions.hasNext()) {
          reports += completions.next().userData() == POLL ? 1 : 0;
        }
      }
      assertThat(reports).isLessThanOrEqualTo(1);
      int polled = 0;
      while (context.poll(this::taken) > 0) {
        polled++;
      }
      assertThat(polled).isLessThanOrEqualTo(2);
    }
  }

  private void mustEnd(URingContext context, List<Integer> results) {
    while (context.inFlight() > 0) {
      context.await(1, this::taken);
    }
    assertThat(seen).filteredOn(text -> text.equals(POLL + ":" + -Errno.ECANCELED)).hasSize(1);
    assertThat(seen)
        .filteredOn(text -> text.startsWith(CANCEL + ":"))
        .hasSize(1)
        .first()
        .isIn(results.stream().map(result -> CANCEL + ":" + result).toList());
  }
}
