package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One context, used by several threads at once. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyThreadsTest {
  private static final int THREADS = 7;
  private static final int ROUNDS = 113;
  private static final int ENTRIES = 16;

  @Test
  void a_waiter_is_woken_by_what_another_thread_adds_and_then_by_its_own_read() throws Exception {
    byte[] sent = new byte[16];
    java.util.Arrays.fill(sent, (byte) 0xF4);
    NativeMemory memory = NativeMemory.allocate(sent.length);
    try (URingContext context = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      CountDownLatch woken = new CountDownLatch(1);
      WaitingThread waiter =
          WaitingThread.start(
              () -> {
                Contexts.addRead(context, pipe.readEnd(), memory, 0);
                List<String> seen = new ArrayList<>(Contexts.take(context, 1));
                woken.countDown();
                seen.addAll(Contexts.take(context, 1));
                return seen;
              });
      waiter.untilItWaits();
      context.addNop(1);
      context.submit();
      woken.await();
      waiter.untilItWaits();
      pipe.write(sent);
      assertThat(waiter.result()).isEqualTo(List.of("1:0", "0:16"));
      assertThat(Contexts.bytes(memory)).isEqualTo(sent);
    }
  }

  @Test
  void several_threads_take_completions_and_none_is_taken_twice() throws Exception {
    int requests = 32;
    for (int repeat = 0; repeat < 100; repeat++) {
      try (URingContext context = URingContext.create(ENTRIES)) {
        for (int request = 0; request < requests; request++) {
          context.addNop(request);
        }
        context.submit();
        AtomicIntegerArray taken = new AtomicIntegerArray(requests);
        AtomicInteger left = new AtomicInteger(requests);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<WaitingThread> threads = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          threads.add(
              WaitingThread.start(
                  () -> {
                    start.await();
                    while (left.get() > 0) {
                      Completions completions = context.await(1);
                      while (completions.hasNext()) {
                        taken.incrementAndGet((int) completions.next().userData());
                        left.decrementAndGet();
                      }
                    }
                    // One that still waits is let go by the one before it.
                    context.wakeup();
                    return null;
                  }));
        }
        for (WaitingThread thread : threads) {
          Object unused = thread.result();
        }
        for (int request = 0; request < requests; request++) {
          assertThat(taken.get(request)).as("request %s", request).isEqualTo(1);
        }
        assertThat(context.inFlight()).isZero();
      }
    }
  }

  /** Adds until there is room; the popper on the other side makes it. */
  private static void addWhenThereIsRoom(URingContext context, long userData) {
    while (true) {
      try {
        context.addNop(userData);
        return;
      } catch (RingFullException full) {
        Thread.onSpinWait();
      }
    }
  }

  private static List<WaitingThread> submitters(URingContext context) {
    List<WaitingThread> threads = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread * ROUNDS;
      threads.add(
          WaitingThread.start(
              () -> {
                for (int round = 0; round < ROUNDS; round++) {
                  addWhenThereIsRoom(context, first + round);
                  context.submit();
                }
                return null;
              }));
    }
    return threads;
  }

  @Test
  void several_threads_submit_and_exactly_what_they_added_completes() throws Exception {
    int total = THREADS * ROUNDS;
    try (URingContext context = URingContext.create(ENTRIES)) {
      List<WaitingThread> submitters = submitters(context);
      AtomicIntegerArray taken = new AtomicIntegerArray(total);
      int completed = 0;
      while (completed < total) {
        completed +=
            context.await(1, (userData, result, flags) -> taken.incrementAndGet((int) userData));
      }
      for (WaitingThread thread : submitters) {
        Object unused = thread.result();
      }
      for (int request = 0; request < total; request++) {
        assertThat(taken.get(request)).as("request %s", request).isEqualTo(1);
      }
      assertThat(context.poll(Contexts.IGNORE)).isZero();
      ContextCounters counters = context.counters();
      assertThat(counters.added()).isEqualTo(total);
      assertThat(counters.submitted()).isEqualTo(total);
      assertThat(counters.completed()).isEqualTo(total);
      assertThat(counters.inFlight()).isZero();
    }
  }

  @Test
  void many_submit_and_many_complete_and_each_request_is_seen_once() throws Exception {
    int poppers = 3;
    int total = THREADS * ROUNDS;
    try (URingContext context = URingContext.create(ENTRIES)) {
      AtomicIntegerArray taken = new AtomicIntegerArray(total);
      AtomicInteger left = new AtomicInteger(total);
      List<WaitingThread> threads = submitters(context);
      for (int popper = 0; popper < poppers; popper++) {
        threads.add(
            WaitingThread.start(
                () -> {
                  while (left.get() > 0) {
                    context.await(
                        1,
                        (userData, result, flags) -> {
                          taken.incrementAndGet((int) userData);
                          left.decrementAndGet();
                        });
                  }
                  context.wakeup();
                  return null;
                }));
      }
      for (WaitingThread thread : threads) {
        Object unused = thread.result();
      }
      for (int request = 0; request < total; request++) {
        assertThat(taken.get(request)).as("request %s", request).isEqualTo(1);
      }
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void with_a_minimum_above_one_each_waiter_gets_its_own_share() throws Exception {
    int waiters = 4;
    int share = 5;
    try (URingContext context = URingContext.create(32)) {
      List<WaitingThread> threads = new ArrayList<>();
      ConcurrentHashMap<Long, Integer> takers = new ConcurrentHashMap<>();
      for (int waiter = 0; waiter < waiters; waiter++) {
        int taker = waiter;
        threads.add(
            WaitingThread.start(
                () -> {
                  int count =
                      context.await(
                          share,
                          (userData, result, flags) ->
                              assertThat(takers.put(userData, taker)).isNull());
                  return count;
                }));
      }
      for (WaitingThread thread : threads) {
        thread.untilItWaits();
      }
      // One at a time, until everybody has a share: some get more than they asked for, none less.
      int added = 0;
      while (!threads.stream().allMatch(WaitingThread::isDone)) {
        if (context.room() > 0) {
          context.addNop(added++);
          context.submit();
        }
      }
      int sum = 0;
      for (WaitingThread thread : threads) {
        int count = (int) thread.result();
        assertThat(count).isGreaterThanOrEqualTo(share);
        sum += count;
      }
      sum += context.poll((userData, result, flags) -> takers.put(userData, -1));
      assertThat(sum).isEqualTo(added);
      assertThat(takers).hasSize(added);
    }
  }

  @Test
  void what_a_short_lived_thread_adds_is_submitted_by_the_one_that_waits() throws Exception {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      WaitingThread.start(
              () -> {
                Contexts.addRead(context, pipe.readEnd(), memory, 1);
                return null;
              })
          .untilItHasExited();
      WaitingThread waiter = WaitingThread.start(() -> Contexts.take(context, 1)).untilItWaits();
      pipe.write((byte) 7);
      assertThat(waiter.result()).isEqualTo(List.of("1:1"));
      assertThat(memory.buffer().get(0)).isEqualTo((byte) 7);
    }
  }

  @Test
  void what_an_exited_thread_submitted_completes_exactly_once_with_bytes_or_as_cancelled()
      throws Exception {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      WaitingThread.start(
              () -> {
                Contexts.addRead(context, pipe.readEnd(), memory, 1);
                return context.submit();
              })
          .untilItHasExited();
      pipe.write((byte) 7);
      assertThat(Contexts.take(context, 1)).hasSize(1).first().isIn("1:1", "1:" + -Errno.ECANCELED);
      assertThat(context.inFlight()).isZero();
      assertThat(context.poll(Contexts.IGNORE)).isZero();
    }
  }
}
