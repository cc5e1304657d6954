package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Ring;
import dev.uring.ring.SubmissionQueue;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many requests were added, which is told from how far the queue has come. */
class AddedCountTest {
  private static final int POLLIN = 1;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_that_was_given_up_half_way_does_not_count(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      SubmitRing submit = context.core().submitRing();
      context.addNop(1);
      submit.abandon(submit.begin(2));
      assertThat(context.counters().added()).isOne();
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      assertThat(context.counters().added()).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void of_those_that_were_taken_back_together_none_counts(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      SubmitRing submit = context.core().submitRing();
      assertThatThrownBy(
              () ->
                  context
                      .chains()
                      .together(
                          3,
                          () -> {
                            context.addNop(1);
                            submit.abandon(submit.begin(2));
                            context.addNop(3);
                            throw new IllegalStateException("enough");
                          }))
          .hasMessage("enough");
      assertThat(context.counters().added()).isZero();
      context.addNop(4);
      assertThat(context.counters().added()).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_that_was_given_up_in_a_chain_does_not_part_the_chain(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor directory = Descriptor.open(Path.of("/"), OpenFlag.READ)) {
      SubmitRing submit = context.core().submitRing();
      ByteBuffer bytes = ByteBuffer.allocateDirect(8);
      context
          .chains()
          .linked(
              3,
              () -> {
                context.addRead(directory, bytes, 0, 1);
                submit.abandon(submit.begin(2));
                context.addNop(3);
              });
      assertThat(Contexts.take(context, 2)).containsExactly("1:-21", "3:-125");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_that_is_made_again_and_again_counts_once(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, 1);
      for (int round = 0; round < 5; round++) {
        assertThat(Contexts.take(context, 1)).containsExactly("1:1");
        context.addNop(2);
        assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:1", "2:0");
      }
      assertThat(context.counters().added()).isEqualTo(6);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_that_was_given_up_in_a_chain_carries_what_the_allowlist_requires(boolean confined) {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(UringOperation.NOP)
            .allowFlags(EntryFlag.IO_LINK, EntryFlag.FIXED_FILE)
            .requireFlags(EntryFlag.ASYNC)
            .build();
    try (URingContext context = Contexts.disabled(8, list, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      FixedFile slot = context.registerFiles(0, event)[0];
      context.enable();
      SubmitRing submit = context.core().submitRing();
      context
          .chains()
          .linked(
              4,
              () -> {
                context.addNop(1);
                submit.abandon(submit.begin(2));
                submit.abandon(submit.begin(slot, 3));
                context.addNop(4);
              });
      assertThat(Contexts.take(context, 2)).containsExactly("1:0", "4:0");
      assertThat(context.counters().added()).isEqualTo(2);
      assertThat(context.counters().strangers()).isZero();
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void entries_that_were_had_before_it_was_asked_to_count_do_not_count() {
    try (Ring ring = Ring.builder(8).build()) {
      SubmissionQueue queue = ring.submission();
      assertThat(queue.next()).isNotNull();
      AddedCount added = new AddedCount(queue);
      assertThat(added.count()).isZero();
      assertThat(queue.next()).isNotNull();
      assertThat(queue.next()).isNotNull();
      assertThat(added.count()).isEqualTo(2);
      added.exclude(2);
      added.exclude(-1);
      assertThat(added.count()).isOne();
    }
  }
}
