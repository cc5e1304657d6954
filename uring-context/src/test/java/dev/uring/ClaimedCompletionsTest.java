package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an iterator has claimed and not handed out yet. */
class ClaimedCompletionsTest {
  /** More than there is room for at first, and not a multiple of it. */
  private static final int MANY = 1000;

  private final ClaimedCompletions claimed = new ClaimedCompletions();

  private void claim(int from, int to) {
    for (int request = from; request < to; request++) {
      claimed.completed(request, -request, 3 * request);
    }
  }

  private void mustBeNext(int from, int to) {
    for (int request = from; request < to; request++) {
      assertThat(claimed.remove()).isEqualTo(new Completion(request, -request, 3 * request));
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, -1, 32, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x8000_0001, 0x5A5A_A5A5})
  void user_data_result_and_flags_keep_all_their_bits(int bits) {
    long userData = (long) ~bits << Integer.SIZE | Integer.toUnsignedLong(bits);
    claimed.completed(userData, bits, 0);
    claimed.completed(-1, 0, bits);
    claimed.completed(~userData, ~bits, bits);
    assertThat(claimed.remove()).isEqualTo(new Completion(userData, bits, 0));
    assertThat(claimed.remove()).isEqualTo(new Completion(-1, 0, bits));
    assertThat(claimed.remove()).isEqualTo(new Completion(~userData, ~bits, bits));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63, 64, 65, 128, 129, MANY})
  void however_many_they_come_in_the_order_in_which_they_were_claimed(int count) {
    claim(0, count);
    assertThat(claimed.size()).isEqualTo(count);
    mustBeNext(0, count);
    assertThat(claimed.isEmpty()).isTrue();
  }

  @Test
  void more_are_claimed_while_some_are_left() {
    claim(0, 50);
    mustBeNext(0, 20);
    assertThat(claimed.size()).isEqualTo(30);
    claim(50, MANY);
    assertThat(claimed.size()).isEqualTo(MANY - 20);
    mustBeNext(20, MANY);
    assertThat(claimed.isEmpty()).isTrue();
    assertThat(claimed.size()).isZero();
    claim(0, 1);
    assertThat(claimed.size()).isOne();
    mustBeNext(0, 1);
  }

  @Test
  void what_is_left_is_given_back_in_order_and_is_here_no_more() {
    List<Completion> others = new ArrayList<>();
    claimed.giveBack(others);
    assertThat(others).isEmpty();
    claim(0, MANY);
    mustBeNext(0, 3);
    claimed.giveBack(others);
    assertThat(claimed.isEmpty()).isTrue();
    assertThat(others).extracting(Completion::userData).startsWith(3L, 4L, 5L).isSorted();
    assertThat(others).hasSize(MANY - 3);
    assertThat(others.get(4)).isEqualTo(new Completion(7, -7, 21));
    claim(8, 9);
    mustBeNext(8, 9);
  }

  @Test
  void what_was_read_needs_no_memory_any_more() {
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int rounds = (1 << 20) + 1;
    long before = memory.getCurrentThreadAllocatedBytes();
    long read = 0;
    for (int round = 0; round < rounds; round++) {
      claimed.completed(round, 0, 0);
      read += claimed.remove().userData();
    }
    long each = (memory.getCurrentThreadAllocatedBytes() - before) / rounds;
    assertThat(read).isEqualTo((long) rounds * (rounds - 1) / 2);
    assertThat(each).as("bytes, the completion itself being 32 or 40").isLessThan(56);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void beyond_what_was_promised_an_iterator_claims_one_however_often_it_is_asked(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Completions completions = oneOf(context)) {
      for (int request = 1; request < 4; request++) {
        context.addNop(request);
      }
      context.submit();
      assertThat(completions.hasNext()).isTrue();
      assertThat(completions.hasNext()).isTrue();
      List<Long> others = new ArrayList<>();
      context.poll((userData, result, flags) -> others.add(userData));
      assertThat(others).containsExactly(2L, 3L);
      assertThat(completions.next().userData()).isOne();
      assertThat(completions.hasNext()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_iterator_that_is_closed_again_takes_nothing_from_the_next(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      Completions first = oneOf(context);
      first.close();
      context.addNop(1);
      context.addNop(2);
      Completions next = context.await(2);
      first.close();
      assertThat(context.poll(Contexts.IGNORE)).isZero();
      assertThat(next.next().userData()).isOne();
      assertThat(next.next().userData()).isEqualTo(2);
      next.close();
    }
  }

  @Test
  void where_what_was_given_back_is_taken_the_next_wait_sleeps() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(1);
      context.await(1).close();
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      WaitingThread waiter = WaitingThread.start(() -> Contexts.take(context, 1)).untilItWaits();
      context.addNop(2);
      context.submit();
      assertThat(waiter.result()).hasToString("[2:0]");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_an_iterator_left_reaches_a_handler_of_the_same_thread(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      for (int request = 0; request < 3; request++) {
        context.addNop(request);
      }
      assertThat(context.await(3).next().userData()).isZero();
      assertThat(Contexts.take(context, 2)).containsExactly("1:0", "2:0");
    }
  }

  /** An iterator that has had what was promised. */
  private static Completions oneOf(URingContext context) {
    context.addNop(0);
    Completions completions = context.await(1);
    assertThat(completions.next().userData()).isZero();
    return completions;
  }

  @Test
  void what_cannot_be_given_back_stays_in_its_order() {
    claim(0, 5);
    Queue<Completion> withoutRoom = new ArrayBlockingQueue<>(2);
    assertThatThrownBy(() -> claimed.giveBack(withoutRoom))
        .isInstanceOf(IllegalStateException.class);
    assertThat(withoutRoom).extracting(Completion::userData).containsExactly(0L, 1L);
    assertThat(claimed.size()).isEqualTo(3);
    mustBeNext(2, 5);
  }
}
