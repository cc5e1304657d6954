package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.CompletionFlags;
import dev.uring.sys.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** More completions than the queue has entries: the kernel keeps the rest, and none is lost. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverflowTest {
  private static final int PLACES = 8;
  private static final Duration LONG = Duration.ofMinutes(10);

  /** How completions are taken. */
  private enum Taking {
    POLL {
      @Override
      int take(URingContext context, List<Long> into) {
        return context.poll((userData, result, flags) -> into.add(userData));
      }
    },
    AWAIT {
      @Override
      int take(URingContext context, List<Long> into) {
        return context.await(1, LONG, (userData, result, flags) -> into.add(userData));
      }
    },
    ITERATOR {
      @Override
      int take(URingContext context, List<Long> into) {
        try (Completions completions = context.await(1, LONG)) {
          int count = 0;
          while (completions.hasNext()) {
            into.add(completions.next().userData());
            count++;
          }
          return count;
        }
      }
    };

    abstract int take(URingContext context, List<Long> into);
  }

  private static URingContext context(int places, boolean confined) {
    ContextBuilder builder = URingContext.builder(places).completionEntries(places);
    return (confined ? builder.confined() : builder).build();
  }

  /** As many requests as there are places, all of whose completions find the queue full. */
  private static void overflow(URingContext context, RingFromOutside outside, int places) {
    outside.sendStrangers(places);
    assertThat(outside.waiting()).as("the queue is full").isEqualTo(places);
    for (int request = 0; request < places; request++) {
      context.addNop(request);
    }
    assertThat(context.submit()).isEqualTo(places);
    assertThat(outside.waiting()).as("the queue is full").isEqualTo(places);
    assertThat(outside.overflown()).as("completions found no room").isEqualTo(places);
  }

  private static void mustHaveLostNone(URingContext context, int strangers) {
    ContextCounters counters = context.counters();
    assertThat(counters.inFlight()).isZero();
    assertThat(counters.completed()).isEqualTo(counters.added());
    assertThat(counters.overflowed()).as("kept, so not counted").isZero();
    assertThat(counters.dropped()).isZero();
    assertThat(counters.strangers()).isEqualTo(strangers);
  }

  /** What does not complete at once: a wake-up that is left would end the wait for it. */
  private static void mustWait(URingContext context) {
    context.timeouts().add(Duration.ofMillis(20), 7);
    assertThat(Contexts.take(context, 1))
        .as("no further one is ended")
        .containsExactly("7:" + -Errno.ETIME);
  }

  @ParameterizedTest
  @CsvSource({
    "POLL,true",
    "POLL,false",
    "AWAIT,true",
    "AWAIT,false",
    "ITERATOR,true",
    "ITERATOR,false"
  })
  void completions_that_found_no_room_are_handed_over_once_each_and_in_order(
      Taking taking, boolean confined) {
    try (URingContext context = context(PLACES, confined);
        RingFromOutside outside = RingFromOutside.of(context)) {
      overflow(context, outside, PLACES);
      List<Long> taken = new ArrayList<>();
      // The first look may find nothing but strangers, behind which the others stand.
      for (int turn = 0; turn <= PLACES && taken.size() < PLACES; turn++) {
        int before = taken.size();
        assertThat(taking.take(context, taken)).isEqualTo(taken.size() - before);
      }
      assertThat(taken).containsExactlyElementsOf(LongStream.range(0, PLACES).boxed().toList());
      assertThat(context.poll(Contexts.IGNORE)).isZero();
      assertThat(outside.waiting()).isZero();
      assertThat(outside.overflown()).isZero();
      mustHaveLostNone(context, PLACES);
    }
  }

  @Test
  void threads_that_take_together_what_found_no_room_take_each_once() throws Exception {
    int places = 256;
    int takers = 4;
    for (int round = 0; round < 60; round++) {
      try (URingContext context = context(places, false);
          RingFromOutside outside = RingFromOutside.of(context)) {
        overflow(context, outside, places);
        AtomicIntegerArray taken = new AtomicIntegerArray(places);
        AtomicInteger left = new AtomicInteger(places);
        CyclicBarrier start = new CyclicBarrier(takers);
        List<WaitingThread> threads = new ArrayList<>();
        for (int taker = 0; taker < takers; taker++) {
          boolean polls = taker % 2 == 0;
          threads.add(
              WaitingThread.start(
                  () -> {
                    start.await();
                    CompletionHandler count =
                        (userData, result, flags) -> {
                          taken.incrementAndGet((int) userData);
                          left.decrementAndGet();
                        };
                    while (left.get() > 0) {
                      int unused = polls ? context.poll(count) : context.await(1, count);
                    }
                    // Another that waits still is let go.
                    context.wakeup();
                    return null;
                  }));
        }
        for (WaitingThread thread : threads) {
          Object unused = thread.result();
        }
        for (int request = 0; request < places; request++) {
          assertThat(taken.get(request)).as("request %s", request).isEqualTo(1);
        }
        mustHaveLostNone(context, places);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wake_ups_beyond_the_queue_end_one_await_each(boolean confined) {
    int beyond = 5;
    try (URingContext context = context(PLACES, confined);
        RingFromOutside outside = RingFromOutside.of(context)) {
      for (int wakeup = 0; wakeup < PLACES + beyond; wakeup++) {
        context.wakeup();
      }
      outside.settle();
      assertThat(outside.waiting()).as("the queue is full").isEqualTo(PLACES);
      assertThat(outside.overflown()).as("wake-ups found no room").isEqualTo(beyond);
      for (int wait = 0; wait < PLACES + beyond; wait++) {
        assertThat(context.await(1, LONG, Contexts.IGNORE)).as("wait %s", wait).isZero();
      }
      mustWait(context);
      mustHaveLostNone(context, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wake_ups_among_completions_that_found_no_room_end_one_await_each_and_hide_none(
      boolean confined) {
    int wakeups = 3;
    try (URingContext context = context(PLACES, confined);
        RingFromOutside outside = RingFromOutside.of(context)) {
      overflow(context, outside, PLACES);
      for (int wakeup = 0; wakeup < wakeups; wakeup++) {
        context.wakeup();
      }
      outside.settle();
      assertThat(outside.overflown()).isEqualTo(PLACES + wakeups);
      int[] taken = new int[PLACES];
      int ended = 0;
      int sum = 0;
      // All of them are wanted, so that whatever comes short was ended.
      while (sum < PLACES) {
        int wanted = PLACES - sum;
        int got = context.await(wanted, LONG, (userData, result, flags) -> taken[(int) userData]++);
        ended += got < wanted ? 1 : 0;
        sum += got;
      }
      while (ended < wakeups) {
        assertThat(context.await(1, LONG, Contexts.IGNORE)).isZero();
        ended++;
      }
      assertThat(taken).containsOnly(1);
      mustWait(context);
      mustHaveLostNone(context, PLACES);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_request_that_repeats_is_ended_by_an_overflow_and_every_one_of_its_completions_comes_once(
      boolean confined) {
    int bytes = 64;
    try (URingContext context = context(PLACES, confined);
        RingFromOutside outside = RingFromOutside.of(context);
        ReceiveBuffers buffers = ReceiveBuffers.register(context, bytes, 1);
        Pipe pipe = Pipe.open()) {
      byte[] sent = new byte[bytes];
      for (int index = 0; index < bytes; index++) {
        sent[index] = (byte) index;
      }
      pipe.write(sent);
      List<Byte> received = new ArrayList<>();
      AtomicInteger ends = new AtomicInteger();
      int overflown = 0;
      CompletionHandler take =
          (userData, result, flags) -> {
            assertThat(result).isEqualTo(1);
            try (ReceivedBytes got = buffers.take(flags)) {
              received.add(got.bytes().get(0));
            }
            if (CompletionFlags.isLast(flags)) {
              ends.incrementAndGet();
            }
          };
      int added = 0;
      while (received.size() < bytes) {
        if (added == ends.get()) {
          context.pipes().addReadEach(pipe.readEnd(), buffers, added++);
          context.submit();
        }
        outside.settle();
        overflown += outside.overflown();
        context.poll(take);
      }
      assertThat(received).containsExactly(boxed(sent));
      assertThat(overflown).as("completions found no room").isPositive();
      assertThat(ends.get()).as("each overflow ends the request").isGreaterThan(1);
      if (added > ends.get()) {
        context.asyncCancel(added - 1, 1000);
        assertThat(Contexts.take(context, 2))
            .containsExactlyInAnyOrder((added - 1) + ":" + -Errno.ECANCELED, "1000:0");
      }
      mustHaveLostNone(context, 0);
    }
  }

  private static Byte[] boxed(byte[] bytes) {
    Byte[] boxed = new Byte[bytes.length];
    for (int index = 0; index < bytes.length; index++) {
      boxed[index] = bytes[index];
    }
    return boxed;
  }
}
