package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Thousands of polls that another thread makes ready, and none is missed. */
@ParameterizedClass
@EnumSource(
    value = RingKind.class,
    names = {"PLAIN", "OWNED", "POLLED"})
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyPollsTest {
  private static final int POLLIN = 1;
  private static final int COUNT = 4000;
  private static final int ROUNDS = 8;
  private static final int FEW = 64;

  @Parameter RingKind kind;

  /** Eventfds that a thread adds one to, each so many times, in an order of chance. */
  private static final class Sources implements AutoCloseable {
    final List<Native.EventFd> sources = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Sources(int count) {
      for (int source = 0; source < count; source++) {
        sources.add(new Native.EventFd());
      }
    }

    int fd(long number) {
      return sources.get((int) number).fd;
    }

    Thread fire(int times) {
      List<Native.EventFd> order = new ArrayList<>();
      for (int time = 0; time < times; time++) {
        order.addAll(sources);
      }
      Collections.shuffle(order, new Random(COUNT));
      Thread thread =
          new Thread(
              () -> {
                try {
                  order.forEach(Native.EventFd::add);
                } catch (AssertionError e) {
                  failure.set(e);
                }
              });
      thread.start();
      return thread;
    }

    void join(Thread thread) throws InterruptedException {
      thread.join();
      assertThat(failure.get()).isNull();
    }

    @Override
    public void close() {
      sources.forEach(Native.EventFd::close);
    }
  }

  private Ring open(int entries, int completions) {
    RingBuilder builder = Ring.builder(entries).completionEntries(completions);
    return switch (kind) {
      case OWNED -> builder.ownedByThisThread().submitAll().build();
      case POLLED -> builder.polledSubmission(20).build();
      default -> builder.build();
    };
  }

  private static void poll(Ring ring, Sources sources, int number, int flags) {
    while (ring.submission().room() == 0) {
      assertThat(ring.submit()).isNotNegative();
    }
    PollRequests.pollAdd(Queues.next(ring), sources.fd(number), POLLIN, flags).userData(number);
  }

  /** Polls all of them, and has the kernel take that. */
  private static void pollAll(Ring ring, Sources sources, int flags) {
    for (int number = 0; number < sources.sources.size(); number++) {
      poll(ring, sources, number, flags);
    }
    while (ring.submission().pending() > 0) {
      assertThat(ring.submit()).isNotNegative();
    }
  }

  @Test
  void each_of_thousands_is_told_once_and_again_when_it_is_asked_for_again() throws Exception {
    try (Ring ring = open(COUNT, 2 * COUNT);
        Sources sources = new Sources(COUNT)) {
      for (int round = 0; round < 3; round++) {
        pollAll(ring, sources, 0);
        Thread thread = sources.fire(1);
        BitSet seen = new BitSet();
        for (int count = 0; count < COUNT; count++) {
          Queues.Taken taken = Queues.one(ring);
          assertTold(taken, seen);
        }
        sources.join(thread);
        assertThat(seen.cardinality()).isEqualTo(COUNT);
        assertThat(Queues.reap(ring)).as("more than were asked for").isEmpty();
        for (Native.EventFd source : sources.sources) {
          assertThat(source.take()).isEqualTo(1);
        }
      }
    }
  }

  private static void assertTold(Queues.Taken taken, BitSet seen) {
    int number = (int) taken.userData();
    // Thousands of these: a comparison, and a sentence only if it fails.
    if (taken.result() != POLLIN || seen.get(number)) {
      throw new AssertionError(taken + " is no first news");
    }
    seen.set(number);
  }

  @Test
  void a_poll_once_is_by_level_and_tells_what_was_ready_before() throws Exception {
    try (Ring ring = open(COUNT, 2 * COUNT);
        Sources sources = new Sources(COUNT)) {
      sources.join(sources.fire(1));
      for (int round = 0; round < 2; round++) {
        pollAll(ring, sources, 0);
        BitSet seen = new BitSet();
        for (int count = 0; count < COUNT; count++) {
          assertTold(Queues.one(ring), seen);
        }
      }
    }
  }

  @Test
  void a_poll_that_stays_is_by_edge_and_tells_once_of_each_change() throws Exception {
    try (Ring ring = open(COUNT, 2 * COUNT);
        Sources sources = new Sources(COUNT)) {
      pollAll(ring, sources, PollRequests.ADD_MULTISHOT);
      for (int round = 1; round <= 3; round++) {
        // Nobody reads them: they stay ready, and only that it was written again is news.
        Thread thread = sources.fire(1);
        BitSet seen = new BitSet();
        for (int count = 0; count < COUNT; count++) {
          Queues.Taken taken = Queues.one(ring);
          assertTold(taken, seen);
          assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
        }
        sources.join(thread);
        assertThat(Queues.reap(ring)).isEmpty();
      }
      for (Native.EventFd source : sources.sources) {
        assertThat(source.take()).isEqualTo(3);
      }
    }
  }

  @Test
  void no_change_is_lost_while_others_are_told_and_when_the_queue_overflows() throws Exception {
    int count = COUNT / 4;
    int multishot = PollRequests.ADD_MULTISHOT;
    try (Ring ring = open(FEW, FEW);
        Sources sources = new Sources(count)) {
      pollAll(ring, sources, multishot);
      // More than there is room for, and then more while those are told.
      sources.join(sources.fire(1));
      Thread thread = sources.fire(ROUNDS - 1);
      long[] taken = new long[count];
      int ended = 0;
      for (long left = (long) ROUNDS * count; left > 0; ) {
        Queues.Taken one = Queues.one(ring);
        int number = (int) one.userData();
        long value = sources.sources.get(number).take();
        taken[number] += value;
        left -= value;
        if (CompletionFlags.isLast(one.flags())) {
          poll(ring, sources, number, multishot);
          ended++;
        }
      }
      sources.join(thread);
      assertThat(taken).containsOnly(ROUNDS);
      // Who owns the ring may be told no more at a time than there is room for.
      assertThat(ended > 0 || kind == RingKind.OWNED).as("an overflow ended polls").isTrue();
    }
  }
}
