package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What each form of cancel answers to a request that waits, to one that a worker runs, to one that
 * is about to complete, and when there is none.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelAnswersTest {
  private static final int POLLIN = 1;
  private static final long CANCEL = 100;

  /** {@code ERESTARTSYS}, the kernel's own, which a splice lets out on 6.18. */
  private static final int RESTART = 512;

  /** Names a request by whatever it can be named by. */
  private enum Form {
    BY_USER_DATA(false) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.asyncCancel(userData, CANCEL);
      }
    },
    ALL_WITH_A_USER_DATA(true) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.cancels().all(userData, CANCEL);
      }
    },
    ONE_OF_A_DESCRIPTOR(false) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.cancels().oneOf(file, CANCEL);
      }
    },
    ALL_OF_A_DESCRIPTOR(true) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.cancels().allOf(file, CANCEL);
      }
    },
    ONE_OF_A_SLOT(false) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.cancels().oneOf(slot, CANCEL);
      }
    },
    ALL_OF_A_SLOT(true) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.cancels().allOf(slot, CANCEL);
      }
    },
    EVERYTHING(true) {
      @Override
      void cancel(URingContext context, Descriptor file, FixedFile slot, long userData) {
        context.cancels().everything(CANCEL);
      }
    };

    private final boolean counts;

    Form(boolean counts) {
      this.counts = counts;
    }

    abstract void cancel(URingContext context, Descriptor file, FixedFile slot, long userData);

    boolean counts() {
      return counts;
    }
  }

  /** How the request names its file. */
  private static Target target(Form form, Descriptor file, FixedFile slot) {
    return form == Form.ONE_OF_A_SLOT || form == Form.ALL_OF_A_SLOT ? slot : file;
  }

  private static void inBoth(Consumer<Boolean> rule) {
    rule.accept(true);
    rule.accept(false);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void one_that_waits_is_cancelled_with_zero_or_counted_and_one_that_is_not_there_is_no_such_entry(
      Form form) {
    inBoth(
        confined -> {
          try (URingContext context = Contexts.of(8, confined);
              Pipe pipe = Pipe.open()) {
            FixedFile slot = context.registerFiles(0, pipe.readEnd())[0];
            Target target = target(form, pipe.readEnd(), slot);
            Contexts.addRead(context, target, NativeMemory.allocate(8), 1);
            context.submit();
            form.cancel(context, pipe.readEnd(), slot, 1);
            assertThat(Contexts.take(context, 2))
                .containsExactlyInAnyOrder(
                    "1:" + -Errno.ECANCELED, CANCEL + ":" + (form.counts() ? 1 : 0));
            form.cancel(context, pipe.readEnd(), slot, 1);
            assertThat(Contexts.take(context, 1))
                .containsExactly(CANCEL + ":" + (form.counts() ? 0 : -Errno.ENOENT));
          }
        });
  }

  /** What the kernel answers where a worker runs the request, by form. */
  private static int runningAnswer(Form form) {
    return switch (form) {
      case BY_USER_DATA, ONE_OF_A_DESCRIPTOR, ONE_OF_A_SLOT -> -Errno.EALREADY;
      // One cancel each, of which every one that found something counts.
      case ALL_WITH_A_USER_DATA -> 1;
      // Counted are those that were found waiting.
      case ALL_OF_A_DESCRIPTOR, ALL_OF_A_SLOT, EVERYTHING -> 0;
    };
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void one_that_a_worker_runs_is_interrupted_and_is_already_under_way_or_counted_by_user_data_only(
      Form form) {
    inBoth(
        confined -> {
          try (URingContext context = Contexts.of(8, confined);
              Pipe empty = Pipe.open();
              Pipe full = Pipe.open();
              Pipe to = Pipe.open();
              Pipe besides = Pipe.open()) {
            FixedFile slot = context.registerFiles(0, to.writeEnd())[0];
            SpliceEnd end = SpliceEnd.of(target(form, to.writeEnd(), slot));
            full.write((byte) 1);
            context.pipes().addSplice(SpliceEnd.of(empty.readEnd()), end, 1, 1);
            // Workers take what is alike in its order: when this one is done, the first is run.
            context
                .pipes()
                .addSplice(SpliceEnd.of(full.readEnd()), SpliceEnd.of(besides.writeEnd()), 1, 2);
            assertThat(Contexts.take(context, 1)).containsExactly("2:1");
            form.cancel(context, to.writeEnd(), slot, 1);
            List<String> taken = Contexts.take(context, 2);
            assertThat(taken)
                .hasSize(2)
                .contains(CANCEL + ":" + runningAnswer(form))
                .containsAnyOf("1:" + -RESTART, "1:" + -Errno.EINTR, "1:" + -Errno.ECANCELED);
            assertThat(context.inFlight()).isZero();
          }
        });
  }

  /**
   * The poll has been told that there is something to read, and completes when the owner comes by:
   * which only a confined context leaves to him.
   */
  private static void addPollThatIsAboutToComplete(URingContext context, Target target, Pipe pipe) {
    context.addPollFd(target, POLLIN, 1);
    context.submit();
    pipe.write((byte) 1);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void a_poll_that_is_about_to_complete_is_cancelled_with_zero_or_counted_and_not_under_way(
      Form form) {
    try (URingContext context = Contexts.of(8, true);
        Pipe pipe = Pipe.open()) {
      FixedFile slot = context.registerFiles(0, pipe.readEnd())[0];
      addPollThatIsAboutToComplete(context, target(form, pipe.readEnd(), slot), pipe);
      form.cancel(context, pipe.readEnd(), slot, 1);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder(
              "1:" + -Errno.ECANCELED, CANCEL + ":" + (form.counts() ? 1 : 0));
      // What it would have told is not lost.
      context.addPollFd(pipe.readEnd(), POLLIN, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:" + POLLIN);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_poll_that_waits_is_removed_with_zero_and_then_there_is_no_such_entry(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(pipe.readEnd(), POLLIN, 1);
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 2);
      context.submit();
      context.removePollFd(2, CANCEL);
      assertThat(Contexts.take(context, 1))
          .as("a read is no poll")
          .containsExactly(CANCEL + ":" + -Errno.ENOENT);
      context.removePollFd(1, CANCEL);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, CANCEL + ":0");
      context.removePollFd(1, CANCEL);
      assertThat(Contexts.take(context, 1)).containsExactly(CANCEL + ":" + -Errno.ENOENT);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_poll_that_is_about_to_complete_is_already_under_way_for_removal_and_update(
      boolean updates) {
    try (URingContext context = Contexts.of(8, true);
        Pipe pipe = Pipe.open()) {
      addPollThatIsAboutToComplete(context, pipe.readEnd(), pipe);
      if (updates) {
        context.updatePollFd(1, 4, CANCEL);
      } else {
        context.removePollFd(1, CANCEL);
      }
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + POLLIN, CANCEL + ":" + -Errno.EALREADY);
      context.removePollFd(1, CANCEL);
      assertThat(Contexts.take(context, 1)).containsExactly(CANCEL + ":" + -Errno.ENOENT);
    }
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void a_timeout_is_removed_with_zero_and_one_that_has_passed_is_no_such_entry_taken_or_not(
      boolean confined, boolean byCancel) {
    try (URingContext context = Contexts.of(8, confined);
        URingContext watcher = URingContext.create(4);
        Descriptor completions = Descriptor.ofCompletions(context)) {
      Consumer<Long> remove =
          target -> {
            if (byCancel) {
              context.asyncCancel(target, CANCEL);
            } else {
              context.timeouts().remove(target, CANCEL);
            }
          };
      context.timeouts().add(Duration.ofDays(1), 1);
      context.submit();
      remove.accept(1L);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, CANCEL + ":0");
      remove.accept(1L);
      assertThat(Contexts.take(context, 1)).containsExactly(CANCEL + ":" + -Errno.ENOENT);

      context.timeouts().add(Duration.ofNanos(1), 2);
      context.submit();
      watcher.addPollFd(completions, POLLIN, 9);
      assertThat(Contexts.take(watcher, 1)).as("it has passed").containsExactly("9:1");
      remove.accept(2L);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("2:" + -Errno.ETIME, CANCEL + ":" + -Errno.ENOENT);
    }
  }

  /**
   * That the time is just up, -EALREADY, is so for as long as an interrupt lasts: it cannot be
   * brought about. Whatever the answer is, it is true.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_timeout_is_cancelled_if_and_only_if_its_removal_says_zero(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      for (int round = 0; round < 2000; round++) {
        context.timeouts().add(Duration.ofNanos(1 + 37L * (round % 500)), 1);
        context.submit();
        context.timeouts().remove(1, CANCEL);
        int[] results = new int[2];
        List<Long> seen = new ArrayList<>();
        context.await(
            2,
            (userData, result, flags) -> {
              seen.add(userData);
              results[userData == CANCEL ? 1 : 0] = result;
            });
        assertThat(seen).containsExactlyInAnyOrder(1L, CANCEL);
        assertThat(results[1]).isIn(0, -Errno.ENOENT, -Errno.EALREADY);
        assertThat(results[0])
            .as("the removal said %s", results[1])
            .isEqualTo(results[1] == 0 ? -Errno.ECANCELED : -Errno.ETIME);
      }
    }
  }
}
