package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.sys.Errno;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What can be asked of a ring when it is made, and what is said when that is refused. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SetupTest {

  private static RingBuilder with(SetupFlag flag) {
    RingBuilder builder = Ring.builder(4);
    return switch (flag) {
      case IOPOLL -> builder.polledIo();
      case SQPOLL -> builder.polledSubmission(1);
      case SQ_AFF -> builder.polledSubmission(1, 0);
      case CQSIZE -> builder.completionEntries(16);
      case CLAMP -> builder.clamp();
      case R_DISABLED -> builder.disabled();
      case SUBMIT_ALL -> builder.submitAll();
      case COOP_TASKRUN, TASKRUN_FLAG -> builder.cooperativeTaskRun();
      case SQE128 -> builder.wideEntries();
      case CQE32 -> builder.wideCompletions();
      case SINGLE_ISSUER -> builder.singleIssuer();
      case DEFER_TASKRUN -> builder.deferTaskRun();
      case HYBRID_IOPOLL -> builder.hybridPolledIo();
      case CQE_MIXED -> builder.mixedCompletions();
      case SQE_MIXED -> builder.mixedEntries();
      case SQ_REWIND -> builder.rewindingSubmission();
      default -> builder;
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = SetupFlag.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ATTACH_WQ", "NO_MMAP", "REGISTERED_FD_ONLY"})
  void each_flag_is_in_the_ring_that_was_built_with_it_or_refused_by_name(SetupFlag flag) {
    if (flag == SetupFlag.SQ_REWIND && SetupTrial.accepts(flag)) {
      assertThatThrownBy(() -> with(flag).build())
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("without rewindingSubmission()");
    } else if (SetupTrial.accepts(flag)) {
      try (Ring ring = with(flag).build()) {
        assertThat(ring.setupFlags()).contains(flag);
      }
    } else {
      assertThatThrownBy(() -> with(flag).build())
          .isInstanceOf(UringException.class)
          .hasMessageContaining("lacks")
          .hasMessageContaining(flag.kernelName() + " (Linux " + flag.since() + ")");
    }
  }

  @Test
  void only_the_flag_that_is_refused_is_blamed() {
    assumeTrue(
        !SetupTrial.accepts(SetupFlag.SQE_MIXED),
        "skipped: this kernel has IORING_SETUP_SQE_MIXED");
    assertThatThrownBy(() -> Ring.builder(4).deferTaskRun().submitAll().mixedEntries().build())
        .hasMessageEndingWith("this kernel lacks IORING_SETUP_SQE_MIXED (Linux 6.19)");
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 1, 2", "3, 0, 4, 8", "5, 6, 8, 8", "32768, 65536, 32768, 65536"})
  void sizes_are_rounded_up(int entries, int completions, int expected, int expectedCompletions) {
    RingBuilder builder = Ring.builder(entries);
    try (Ring ring =
        (completions == 0 ? builder : builder.completionEntries(completions)).build()) {
      assertThat(ring.submission().capacity()).isEqualTo(expected);
      assertThat(ring.completion().capacity()).isEqualTo(expectedCompletions);
    }
  }

  @Test
  void sizes_beyond_the_limit_are_refused_or_clamped() {
    assertThatThrownBy(() -> Ring.builder(32_769).build())
        .hasMessageContaining("EINVAL")
        .hasMessageContaining("1 to 32768");
    assertThatThrownBy(() -> Ring.builder(8).completionEntries(4).build())
        .hasMessageContaining("4 completion entries");
    assertThatThrownBy(() -> Ring.builder(4).completionEntries(65_537).build())
        .hasMessageContaining("65536");
    try (Ring ring = Ring.builder(1 << 20).completionEntries(1 << 20).clamp().build()) {
      assertThat(ring.submission().capacity()).isEqualTo(32_768);
      assertThat(ring.completion().capacity()).isEqualTo(65_536);
    }
    assertThatThrownBy(() -> Ring.builder(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Ring.builder(1).completionEntries(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_builder_makes_many_rings() {
    RingBuilder builder = Ring.builder(4);
    try (Ring first = builder.build();
        Ring second = builder.submitAll().build()) {
      assertThat(first.descriptor()).isNotEqualTo(second.descriptor());
      assertThat(first.setupFlags()).doesNotContain(SetupFlag.SUBMIT_ALL);
    }
  }

  @Test
  void an_array_of_indices_changes_nothing_but_where_it_is() {
    try (Ring ring = Ring.builder(4).indexArray().build()) {
      for (int round = 0; round < 9; round++) {
        Queues.nop(ring, round);
        assertThat(Queues.one(ring).userData()).isEqualTo(round);
      }
      assertThat(ring.submission().dropped()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void a_ring_of_one_issuer_is_its_makers_or_its_enablers(boolean deferred, boolean disabled)
      throws Exception {
    RingBuilder builder = Ring.builder(4).singleIssuer();
    builder = deferred ? builder.deferTaskRun() : builder;
    try (Ring ring = (disabled ? builder.disabled() : builder).build()) {
      String elsewhere = "";
      if (disabled) {
        elsewhere = inAnotherThread(() -> ring.registrar().enable());
        assertThat(elsewhere).isEqualTo("done");
      }
      Queues.nop(ring, 1);
      int here = ring.submit();
      assertThat(here).isEqualTo(disabled ? -Errno.EEXIST : 1);
      if (!disabled) {
        Queues.nop(ring, 2);
        assertThat(inAnotherThread(() -> assertThat(ring.submit()).isEqualTo(-Errno.EEXIST)))
            .isEqualTo("done");
        assertThat(inAnotherThread(() -> ring.registrar().files().registerSparse(1)))
            .contains("EEXIST")
            .contains("another thread");
        if (deferred) {
          assertThat(inAnotherThread(() -> assertThat(ring.flush()).isEqualTo(-Errno.EEXIST)))
              .isEqualTo("done");
        }
        assertThat(ring.submit()).isEqualTo(1);
      }
    }
  }

  private static String inAnotherThread(Runnable work) throws Exception {
    FutureTask<String> task =
        new FutureTask<>(
            () -> {
              try {
                work.run();
                return "done";
              } catch (UringException e) {
                return e.getMessage();
              }
            });
    Thread thread = new Thread(task);
    thread.start();
    String outcome = task.get();
    thread.join();
    return outcome;
  }
}
