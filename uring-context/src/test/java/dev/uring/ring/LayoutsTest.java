package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Queues at their edges, over every size of entries and completions. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LayoutsTest {

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_full_queue_hands_out_nothing_and_loses_nothing(Layout layout) {
    try (Ring ring = layout.builder(4).build()) {
      for (int round = 0; round < 5; round++) {
        for (int entry = 0; entry < 4; entry++) {
          Queues.nop(ring, entry);
        }
        assertThat(ring.submission().next()).isNull();
        assertThat(ring.submission().room()).isZero();
        assertThat(ring.submit()).isEqualTo(4);
        assertThat(Queues.reap(ring)).containsExactly("0:0", "1:0", "2:0", "3:0");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void queues_go_round_many_times(Layout layout) {
    try (Ring ring = layout.builder(4).build()) {
      CompletionReader reader = ring.reader();
      long expected = 0;
      for (long next = 0; next < 30_000; next += 3) {
        for (int entry = 0; entry < 3; entry++) {
          Queues.nop(ring, next + entry);
        }
        assertThat(ring.submit() == 3).isTrue();
        while (reader.next()) {
          if (reader.userData() != expected++ || reader.result() != 0) {
            throw new AssertionError(reader.userData() + " is not " + (expected - 1));
          }
        }
        reader.release();
      }
      assertThat(expected).isEqualTo(30_000);
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void no_user_data_is_reserved_not_even_by_waits_with_a_time(Layout layout) {
    long[] values = {-1, 0, Long.MIN_VALUE, Long.MAX_VALUE, 0xdead_beef_0000_0001L, -2};
    try (Ring ring = layout.builder(8).build()) {
      List<String> expected = new ArrayList<>();
      for (long value : values) {
        Queues.nop(ring, value);
        expected.add(value + ":0");
      }
      assertThat(ring.submitAndWait(values.length, 1_000_000_000L)).isEqualTo(values.length);
      assertThat(Queues.reap(ring)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void completions_beyond_the_queue_are_kept_and_all_come(Layout layout) {
    try (Ring ring = layout.builder(4).completionEntries(4).submitAll().build()) {
      List<String> expected = new ArrayList<>();
      for (int request = 0; request < 50; request++) {
        Queues.nop(ring, request);
        expected.add(request + ":0");
        assertThat(ring.submit()).isEqualTo(1);
      }
      assertThat(ring.completion().available()).isEqualTo(4);
      assertThat(ring.submission().needsEnter()).isTrue();
      List<String> seen = new ArrayList<>();
      while (ring.completion().available() > 0 || ring.submission().needsEnter()) {
        assertThat(ring.flush()).isNotNegative();
        seen.addAll(Queues.reap(ring));
      }
      assertThat(seen).isEqualTo(expected);
      assertThat(ring.completion().overflow()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_batch_ends_at_an_error_unless_the_ring_submits_all(Layout layout) {
    for (boolean all : new boolean[] {false, true}) {
      RingBuilder builder = layout.builder(8);
      try (Ring ring = (all ? builder.submitAll() : builder).build()) {
        Queues.nop(ring, 1);
        // A flag that polls do not have, which is found out when it is submitted.
        PollRequests.pollAdd(Queues.next(ring), 3, 1, 1 << 30).userData(2);
        Queues.nop(ring, 3);
        assertThat(ring.submit()).isEqualTo(all ? 3 : 2);
        assertThat(Queues.reap(ring)).startsWith("1:0", "2:" + -Errno.EINVAL).hasSize(all ? 3 : 2);
        assertThat(ring.submit()).isEqualTo(all ? 0 : 1);
        assertThat(Queues.reap(ring)).hasSize(all ? 0 : 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Layout.class,
      names = {"WIDE_COMPLETIONS", "WIDE_BOTH", "MIXED", "MIXED_WITH_WIDE_ENTRIES"})
  void a_wide_completion_carries_two_more_words_wherever_it_stands(Layout layout) {
    try (Ring ring = layout.builder(4).completionEntries(8).build()) {
      assumeWideNop(ring);
      // Of one narrow and one wide, so that in a mixed queue filler is due at some round's end.
      for (long round = 0; round < 100; round++) {
        Queues.nop(ring, round);
        RingRequests.wideNop(Queues.next(ring), round * 3, -round).userData(-1);
        assertThat(ring.submit()).isEqualTo(2);
        Queues.Taken narrow = Queues.one(ring);
        Queues.Taken wide = Queues.one(ring);
        assertThat(narrow.userData()).isEqualTo(round);
        assertThat(List.of(wide.userData(), wide.extra0(), wide.extra1()))
            .containsExactly(-1L, round * 3, -round);
        assertThat(Queues.reap(ring)).isEmpty();
      }
    }
  }

  private static void assumeWideNop(Ring ring) {
    RingRequests.wideNop(Queues.next(ring), 1, 2);
    boolean known = Queues.result(ring) != -Errno.EINVAL;
    assumeTrue(known, "skipped: this kernel lacks IORING_NOP_CQE32");
  }

  @Test
  void a_mixed_queue_keeps_its_order_over_filler_and_overflow() {
    try (Ring ring = Layout.MIXED.builder(4).completionEntries(8).build()) {
      assumeWideNop(ring);
      List<Long> seen = new ArrayList<>();
      List<Long> expected = new ArrayList<>();
      for (long next = 0; next < 60; next++) {
        if (next % 3 == 0) {
          Queues.nop(ring, next);
          expected.add(next);
        } else {
          RingRequests.wideNop(Queues.next(ring), next, next).userData(next);
          expected.add(next);
        }
        assertThat(ring.submit()).isEqualTo(1);
      }
      while (ring.completion().available() > 0 || ring.submission().needsEnter()) {
        assertThat(ring.flush()).isNotNegative();
        CompletionReader reader = ring.reader();
        while (reader.next()) {
          seen.add(reader.userData());
          long extra = (reader.flags() & CompletionFlags.WIDE) == 0 ? 0 : reader.userData();
          assertThat(reader.extra(0)).isEqualTo(extra);
          assertThat(reader.extra(1)).isEqualTo(extra);
        }
        reader.release();
      }
      assertThat(seen).isEqualTo(expected);
    }
  }

  @Test
  void a_result_can_be_injected() {
    try (Ring ring = Ring.builder(4).build()) {
      RingRequests.nopWithResult(Queues.next(ring), -4711);
      assertThat(Queues.result(ring)).isEqualTo(-4711);
    }
  }
}
