package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Waking when nothing else can be done: both queues are full, and the allowlist permits nothing.
 * Requests are refused with a completion, so that both can be filled all the same.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WakingFullTest {
  private static final int ENTRIES = 2;
  private static final int PLACES = 8;
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final String REFUSED = ":" + -Errno.EACCES;

  private final List<String> taken = new ArrayList<>();
  private final CompletionHandler note =
      (userData, result, flags) -> taken.add(userData + ":" + result);

  private static URingContext context(boolean confined) {
    ContextBuilder builder =
        URingContext.builder(ENTRIES).completionEntries(PLACES).allowlist(URingAllowlist.nothing());
    return (confined ? builder.confined() : builder).build();
  }

  private static void wakeFromAnotherThread(URingContext context) throws Exception {
    WaitingThread.start(
            () -> {
              context.wakeup();
              return null;
            })
        .untilItHasExited();
  }

  /** Fills the completion queue, part of it with refused requests, and the submission queue. */
  private static void fill(URingContext context, RingFromOutside outside, int refused, int first) {
    int number = first;
    for (int request = 0; request < refused; request++) {
      context.addNop(number++);
      context.submit();
    }
    outside.sendStrangers(PLACES - refused);
    for (int request = 0; request < ENTRIES; request++) {
      context.addNop(number++);
    }
    assertThat(outside.waiting()).as("the completion queue is full").isEqualTo(PLACES);
    assertThat(outside.overflown()).isZero();
    ContextCounters counters = context.counters();
    assertThat(counters.added() - counters.submitted())
        .as("the submission queue is full")
        .isEqualTo(ENTRIES);
  }

  private static void mustBeOverflown(RingFromOutside outside) {
    outside.settle();
    assertThat(outside.waiting()).as("the completion queue is full").isEqualTo(PLACES);
    assertThat(outside.overflown()).as("the wake-up found no room").isEqualTo(1);
  }

  /** Nothing is left that would end a wait: it lasts until somebody has seen it. */
  private void mustWaitAgain(URingContext context, long userData) throws Exception {
    taken.clear();
    int self = LinuxCalls.C.gettid();
    AtomicBoolean over = new AtomicBoolean();
    WaitingThread waker =
        WaitingThread.start(
            () -> {
              boolean seen = false;
              while (!seen && !over.get()) {
                seen = WaitingThread.sleepsInEnter(self);
              }
              context.wakeup();
              return seen;
            });
    assertThat(context.await(1, LONG, note)).isZero();
    over.set(true);
    assertThat(waker.result()).as("it waits").isEqualTo(true);
    context.addNop(userData);
    assertThat(context.await(1, LONG, note)).isEqualTo(1);
    assertThat(taken).containsExactly(userData + REFUSED);
    assertThat(context.inFlight()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wait_is_ended_that_began_before_both_rings_were_full_and_nothing_is_permitted(
      boolean confined) throws Exception {
    try (URingContext context = context(confined);
        RingFromOutside outside = RingFromOutside.of(context)) {
      int all = 1 + 2 + ENTRIES;
      context.addNop(0);
      CompletionHandler fillOnce =
          (userData, result, flags) -> {
            note.completed(userData, result, flags);
            if (userData == 0) {
              fill(context, outside, 2, 1);
              try {
                wakeFromAnotherThread(context);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              mustBeOverflown(outside);
            }
          };
      int first = context.await(PLACES, fillOnce);
      assertThat(first).as("ended by the wake-up: so many never come").isBetween(1, all);
      if (first < all) {
        assertThat(context.await(all - first, LONG, note)).isEqualTo(all - first);
      }
      assertThat(taken)
          .containsExactly(
              "0" + REFUSED, "1" + REFUSED, "2" + REFUSED, "3" + REFUSED, "4" + REFUSED);
      mustWaitAgain(context, 9);
      assertThat(context.counters().strangers()).isEqualTo(PLACES - 2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wait_is_ended_that_begins_when_both_rings_and_all_places_are_full_and_nothing_is_permitted(
      boolean confined) throws Exception {
    try (URingContext context = context(confined);
        RingFromOutside outside = RingFromOutside.of(context)) {
      fill(context, outside, PLACES - ENTRIES, 0);
      assertThat(context.room()).isZero();
      wakeFromAnotherThread(context);
      mustBeOverflown(outside);
      int first = context.await(PLACES, LONG, note);
      if (first == PLACES) {
        assertThat(context.await(1, LONG, note)).as("the next one is ended").isZero();
      } else {
        assertThat(context.await(PLACES - first, LONG, note)).isEqualTo(PLACES - first);
      }
      assertThat(taken).hasSize(PLACES).doesNotHaveDuplicates();
      mustWaitAgain(context, 9);
    }
  }
}
