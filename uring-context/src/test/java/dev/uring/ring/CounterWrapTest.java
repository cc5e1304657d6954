package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two queues over memory in which a test plays the kernel, with counters about to wrap. */
class CounterWrapTest {
  private static final int ENTRIES = 4;
  private static final int COMPLETIONS = 64;

  // Where this kernel keeps its fields, in the order of the two structs of offsets.
  private static final int SQ_HEAD = 0;
  private static final int SQ_TAIL = 4;
  private static final int CQ_HEAD = 8;
  private static final int CQ_TAIL = 12;
  private static final int SQ_MASK = 16;
  private static final int CQ_MASK = 20;
  private static final int SQ_COUNT = 24;
  private static final int CQ_COUNT = 28;

  private final ByteBuffer ring = ByteBuffer.allocateDirect(1024).order(ByteOrder.nativeOrder());
  private final ByteBuffer entries =
      ByteBuffer.allocateDirect(ENTRIES * SubmissionEntry.BYTES).order(ByteOrder.nativeOrder());

  private RingParameters parameters(int counter) {
    RingParameters parameters = new RingParameters();
    parameters.flags(SetupFlag.NO_SQARRAY.mask());
    ByteBuffer struct = RawMemory.view(parameters.address(), 120);
    int[] submission = {SQ_HEAD, SQ_TAIL, SQ_MASK, SQ_COUNT, 32, 36};
    int[] completion = {CQ_HEAD, CQ_TAIL, CQ_MASK, CQ_COUNT, 40, COMPLETIONS};
    for (int field = 0; field < submission.length; field++) {
      struct.putInt(40 + 4 * field, submission[field]);
      struct.putInt(80 + 4 * field, completion[field]);
    }
    ring.putInt(SQ_MASK, ENTRIES - 1).putInt(SQ_COUNT, ENTRIES);
    ring.putInt(CQ_MASK, ENTRIES - 1).putInt(CQ_COUNT, ENTRIES);
    for (int field : new int[] {SQ_HEAD, SQ_TAIL, CQ_HEAD, CQ_TAIL}) {
      ring.putInt(field, counter);
    }
    return parameters;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2, -3, Integer.MAX_VALUE, Integer.MAX_VALUE - 1})
  void a_submission_queue_goes_on_where_its_counters_wrap(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    long next = 0;
    for (int round = 0; round < 3; round++) {
      for (int entry = 0; entry < ENTRIES; entry++) {
        assertThat(queue.room()).isEqualTo(ENTRIES - entry);
        RingRequests.nop(queue.next()).userData(next++);
      }
      assertThat(queue.next()).as("full").isNull();
      assertThat(queue.publish()).isEqualTo(ENTRIES);
      int head = ring.getInt(SQ_HEAD);
      assertThat(ring.getInt(SQ_TAIL) - head).isEqualTo(ENTRIES);
      for (int entry = 0; entry < ENTRIES; entry++) {
        int position = ((head + entry) & (ENTRIES - 1)) * SubmissionEntry.BYTES;
        assertThat(entries.getLong(position + 32)).isEqualTo(next - ENTRIES + entry);
      }
      ring.putInt(SQ_HEAD, head + ENTRIES);
      assertThat(queue.pending()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE})
  void entries_are_unpublished_until_the_kernel_can_see_them(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    assertThat(queue.published()).isZero();
    RingRequests.nop(queue.next());
    assertThat(queue.published()).isEqualTo(-1);
    assertThat(queue.publish()).isOne();
    assertThat(queue.published()).isOne();
    // As it is while the thread that publishes stands still just before it has.
    ring.putInt(SQ_TAIL, counter);
    assertThat(queue.published()).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2, -3, Integer.MAX_VALUE, Integer.MAX_VALUE - 1})
  void what_was_had_shown_and_taken_back_is_told_apart_where_counters_wrap(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    long first = queue.filled();
    mustHave(queue, first, 0, 0);
    fill(queue, 2);
    mustHave(queue, first + 2, 2, 0);
    assertThat(queue.publish()).isEqualTo(2);
    mustHave(queue, first + 2, 0, 2);
    fill(queue, 2);
    mustHave(queue, first + 4, 2, 2);
    queue.takeBack(0);
    queue.takeBack(1);
    mustHave(queue, first + 3, 1, 2);
    ring.putInt(SQ_HEAD, counter + 1);
    mustHave(queue, first + 3, 1, 1);
    assertThat(queue.publish()).as("for the kernel to take").isEqualTo(2);
    mustHave(queue, first + 3, 0, 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2, -3, Integer.MAX_VALUE, Integer.MAX_VALUE - 1})
  void what_was_not_shown_can_be_looked_at_again_where_counters_wrap(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    for (long userData = 1; userData <= 3; userData++) {
      Objects.requireNonNull(queue.next()).userData(userData);
      if (userData == 1) {
        assertThat(queue.publish()).isOne();
      }
    }
    assertThat(queue.unpublishedUserData(0)).isEqualTo(3);
    assertThat(queue.unpublishedUserData(1)).isEqualTo(2);
    for (int back : new int[] {-1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThatThrownBy(() -> queue.unpublishedUserData(back))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("among the 2 that are ours still");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -4, -6, Integer.MAX_VALUE, Integer.MAX_VALUE - 4})
  void room_that_the_kernel_made_is_found_where_counters_wrap(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    fill(queue, ENTRIES);
    assertThat(queue.publish()).isEqualTo(ENTRIES);
    assertThat(queue.nextToFill()).as("full").isNull();
    assertThat(queue.hasRoom(1)).as("full").isFalse();
    ring.putInt(SQ_HEAD, counter + ENTRIES - 1);
    assertThat(queue.hasRoom(ENTRIES - 1)).isTrue();
    assertThat(queue.hasRoom(ENTRIES)).isFalse();
    fill(queue, ENTRIES - 1);
    assertThat(queue.nextToFill()).as("full again").isNull();
  }

  private static void fill(SubmissionQueue queue, int count) {
    for (int entry = 0; entry < count; entry++) {
      assertThat(queue.nextToFill()).isNotNull();
    }
  }

  /** Of what was had, so much is not shown to the kernel; of what was, so much is not taken. */
  private static void mustHave(SubmissionQueue queue, long filled, int ours, int published) {
    assertThat(queue.filled()).isEqualTo(filled);
    assertThat(queue.published()).isEqualTo(ours > 0 ? -1 : published);
    for (int count : new int[] {-1, ours + 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThatThrownBy(() -> queue.takeBack(count))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(ours + " are ours still");
    }
    assertThat(queue.filled()).as("a refusal changes nothing").isEqualTo(filled);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE})
  void an_entry_that_is_never_filled_is_no_request_of_before(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    for (int entry = 0; entry < ENTRIES; entry++) {
      entries.putLong(entry * SubmissionEntry.BYTES, -1);
    }
    for (int entry = 0; entry < ENTRIES; entry++) {
      assertThat(queue.nextToFill(0xFF)).isNotNull();
    }
    for (int entry = 0; entry < ENTRIES; entry++) {
      assertThat(entries.getLong(entry * SubmissionEntry.BYTES)).as("a nop").isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE})
  void an_entry_begins_with_the_flags_that_it_was_had_with_and_no_others(int counter) {
    SubmissionQueue queue = new SubmissionQueue(parameters(counter), ring.asIntBuffer(), entries);
    int[] had = {0xFF, 0, 0x5A, 0x80};
    for (int flags : had) {
      SubmissionEntry entry = queue.nextToFill(flags);
      RingRequests.nop(entry).flags(1);
      RingRequests.nop(entry).userData(-1);
    }
    mustBegin(counter, had);
    ring.putInt(SQ_HEAD, counter + ENTRIES);
    queue.publish();
    RingRequests.nop(queue.nextToFill(1));
    RingRequests.nop(queue.nextToFill());
    RingRequests.nop(queue.next());
    RingRequests.nop(queue.nextToFill(2));
    mustBegin(counter, 1, 0, 0, 2);
  }

  private void mustBegin(int counter, int... flags) {
    for (int entry = 0; entry < flags.length; entry++) {
      int position = ((counter + entry) & (ENTRIES - 1)) * SubmissionEntry.BYTES;
      assertThat(entries.get(position)).as("code").isZero();
      assertThat(Byte.toUnsignedInt(entries.get(position + 1))).as("flags").isEqualTo(flags[entry]);
      assertThat(entries.getShort(position + 2)).as("priority").isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2, -3, Integer.MAX_VALUE, Integer.MAX_VALUE - 1})
  void a_completion_queue_goes_on_where_its_counters_wrap(int counter) {
    CompletionQueue queue = new CompletionQueue(parameters(counter), ring);
    long next = 0;
    long expected = 0;
    for (int round = 0; round < 4; round++) {
      int tail = ring.getInt(CQ_TAIL);
      for (int entry = 0; entry < 3; entry++) {
        int position = COMPLETIONS + ((tail + entry) & (ENTRIES - 1)) * 16;
        ring.putLong(position, next++);
      }
      ring.putInt(CQ_TAIL, tail + 3);
      assertThat(queue.available()).isEqualTo(3);
      int head = queue.head();
      assertThat(queue.claim(head + 1, 1)).as("not the head").isFalse();
      assertThat(queue.userData(head)).isEqualTo(expected++);
      assertThat(queue.claim(head, 1)).isTrue();
      while (queue.head() != queue.tail()) {
        assertThat(queue.userData(queue.head())).isEqualTo(expected++);
        queue.advance(queue.head() + 1);
      }
      assertThat(queue.available()).isZero();
    }
    assertThat(expected).isEqualTo(next);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2, -3, Integer.MAX_VALUE, Integer.MAX_VALUE - 1})
  void completions_are_copied_as_they_are_asked_for_one_by_one(int counter) {
    for (int flags : new int[] {0, SetupFlag.CQE32.mask()}) {
      RingParameters parameters = parameters(counter);
      parameters.flags(flags);
      CompletionQueue queue = new CompletionQueue(parameters, ring);
      for (int word = 0; word < ENTRIES * 4; word++) {
        ring.putLong(COMPLETIONS + word * Long.BYTES, 0x0102_0304_0506_0708L * (word + 1));
      }
      for (int count = 0; count <= ENTRIES; count++) {
        long[] copied = new long[2 * ENTRIES];
        queue.copy(counter, count, copied);
        for (int entry = 0; entry < ENTRIES; entry++) {
          boolean within = entry < count;
          int index = counter + entry;
          assertThat(copied[2 * entry]).isEqualTo(within ? queue.userData(index) : 0);
          assertThat(copied[2 * entry + 1]).isEqualTo(within ? queue.outcome(index) : 0);
        }
      }
      long outcome = queue.outcome(counter);
      assertThat(CompletionQueue.outcomeOf(queue.result(counter), queue.flags(counter)))
          .isEqualTo(outcome);
    }
  }

  @Test
  void an_entry_that_nobody_fills_does_nothing_for_nobody() {
    SubmissionQueue queue = new SubmissionQueue(parameters(0), ring.asIntBuffer(), entries);
    for (int entry = 0; entry < ENTRIES; entry++) {
      for (int word = 0; word < SubmissionEntry.WORDS; word++) {
        entries.putLong(entry * SubmissionEntry.BYTES + word * Long.BYTES, -1);
      }
      assertThat(queue.next()).isNotNull();
      // Offset and address may be what they were: who does nothing looks at neither.
      for (int word : new int[] {0, 3, 4, 5, 6, 7}) {
        assertThat(entries.getLong(entry * SubmissionEntry.BYTES + word * Long.BYTES))
            .as("word %s", word)
            .isZero();
      }
    }
  }

  @Test
  void of_a_wide_entry_the_second_half_is_zero_whoever_had_it_before() {
    RingParameters parameters = parameters(0);
    parameters.flags(SetupFlag.NO_SQARRAY.mask() | SetupFlag.SQE128.mask());
    int bytes = 2 * SubmissionEntry.BYTES;
    ByteBuffer wide = ByteBuffer.allocateDirect(ENTRIES * bytes).order(ByteOrder.nativeOrder());
    SubmissionQueue queue = new SubmissionQueue(parameters, ring.asIntBuffer(), wide);
    for (int word = 0; word < wide.capacity(); word += Long.BYTES) {
      wide.putLong(word, -1);
    }
    for (int entry = 0; entry < ENTRIES; entry++) {
      RingRequests.nop(queue.nextToFill()).userData(entry);
      for (int word = SubmissionEntry.BYTES; word < bytes; word += Long.BYTES) {
        assertThat(wide.getLong(entry * bytes + word)).as("at %s", word).isZero();
      }
      assertThat(wide.getLong(entry * bytes + 32)).isEqualTo(entry);
    }
  }
}
