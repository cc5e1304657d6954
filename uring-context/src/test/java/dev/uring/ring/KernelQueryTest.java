package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.ring.struct.QueryEntry;
import dev.uring.sys.Errno;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Asking the kernel what it has, in short and in long. */
class KernelQueryTest {

  @BeforeEach
  void canBeAsked() {
    assumeTrue(KernelQuery.ask().isPresent(), "skipped: this kernel lacks IORING_REGISTER_QUERY");
  }

  @Test
  void the_answer_agrees_with_what_trying_finds() {
    KernelQuery query = KernelQuery.ask().orElseThrow();
    try (Ring ring = Ring.builder(2).build()) {
      for (Feature feature : Feature.values()) {
        assertThat((query.features() & feature.mask()) != 0)
            .as(feature.kernelName())
            .isEqualTo(ring.features().contains(feature));
      }
      assertThat(query.requests())
          .isGreaterThanOrEqualTo(ring.registrar().probe().operations().size());
    }
    for (SetupFlag flag : SetupFlag.values()) {
      assertThat((query.setupFlags() & flag.mask()) != 0)
          .as(flag.kernelName())
          .isEqualTo(SetupTrial.accepts(flag));
    }
  }

  @Test
  void a_short_struct_gets_the_beginning_of_the_answer_and_a_long_one_zeros_behind() {
    QueryEntry whole = new QueryEntry(QueryEntry.OPCODES, QueryEntry.OPCODES_BYTES);
    assertThat(KernelQuery.raw(whole)).isZero();
    assertThat(whole.result()).isZero();
    QueryEntry brief = new QueryEntry(QueryEntry.OPCODES, 8);
    assertThat(KernelQuery.raw(brief)).isZero();
    assertThat(brief.result()).isZero();
    assertThat(brief.answered()).isEqualTo(8);
    assertThat(brief.answerLong(0)).isEqualTo(whole.answerLong(0));

    QueryEntry generous = new QueryEntry(QueryEntry.OPCODES, 4096);
    assertThat(KernelQuery.raw(generous)).isZero();
    assertThat(generous.answered()).isBetween(40, 4096);
    assertThat(generous.answerLong(QueryEntry.FEATURES))
        .isEqualTo(whole.answerLong(QueryEntry.FEATURES));
    assertThat(generous.answerLong(4088)).isZero();
  }

  @Test
  void questions_are_answered_one_by_one_and_an_unknown_one_for_itself() {
    QueryEntry last = new QueryEntry(QueryEntry.OPCODES, QueryEntry.OPCODES_BYTES);
    QueryEntry unknown = new QueryEntry(4711, 64).then(last);
    QueryEntry first = new QueryEntry(QueryEntry.OPCODES, 8).then(unknown);

    assertThat(KernelQuery.raw(first)).isZero();

    assertThat(first.result()).isZero();
    assertThat(unknown.result()).isEqualTo(-Errno.EOPNOTSUPP);
    assertThat(last.result()).isZero();
    assertThat(last.answerInt(QueryEntry.REQUEST_COUNT)).isPositive();
  }

  @Test
  void a_question_without_room_for_an_answer_is_invalid() {
    QueryEntry none = new QueryEntry(QueryEntry.OPCODES, 0);
    assertThat(KernelQuery.raw(none)).isZero();
    assertThat(none.result()).isEqualTo(-Errno.EINVAL);
  }
}
