package dev.uring;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.HeldIndices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that come often to a shared context have its ring registered with themselves. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OftenInContextTest {
  private static final int OFTEN = 64;

  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @AfterEach
  void end() {
    other.shutdownNow();
  }

  private static void comeOften(URingContext context) {
    for (int time = 0; time < OFTEN; time++) {
      context.addNop(time);
      assertThat(Contexts.take(context, 1)).containsExactly(time + ":0");
    }
  }

  @Test
  void its_thread_closes_it_and_lets_go() {
    try (URingContext context = URingContext.create(4)) {
      comeOften(context);
      assertThat(HeldIndices.count()).isOne();
    }
    assertThat(HeldIndices.count()).isZero();
  }

  @Test
  void each_way_in_counts() {
    try (URingContext context = URingContext.create(4)) {
      for (int time = 0; time < OFTEN / 2; time++) {
        context.addNop(1);
        assertThat(context.submit()).isOne();
        context.await(1, Contexts.IGNORE);
        context.await(1, Duration.ofNanos(1), Contexts.IGNORE);
      }
      assertThat(HeldIndices.count()).isOne();
    }
  }

  @Test
  void each_thread_has_its_own() throws Exception {
    try (URingContext context = URingContext.create(4)) {
      comeOften(context);
      assertThat(other.submit(HeldIndices::count).get()).isZero();
      other.submit(() -> comeOften(context)).get();
      assertThat(other.submit(HeldIndices::count).get()).isOne();
      comeOften(context);
    }
    assertThat(HeldIndices.count()).isZero();
  }

  @Test
  void who_waits_while_another_closes_lets_go_on_the_way_out() throws Exception {
    URingContext context = URingContext.create(4);
    comeOften(context);
    other.submit(() -> comeOften(context)).get();
    // One of them is the last inside, and closes the ring.
    CountDownLatch go = new CountDownLatch(1);
    WaitingThread waiter = startWaiting(context, go);
    WaitingThread another = startWaiting(context, go);
    go.countDown();
    waiter.untilItWaits();
    another.untilItWaits();
    context.close();
    assertThat(HeldIndices.count()).as("who closes, and is not the last inside").isZero();
    assertThat(waiter.result()).isEqualTo(0);
    assertThat(another.result()).isEqualTo(0);
    assertThat(other.submit(HeldIndices::count).get()).as("who was elsewhere").isOne();
    try (URingContext next = URingContext.create(4)) {
      other.submit(() -> comeOften(next)).get();
      assertThat(other.submit(HeldIndices::count).get()).as("the next one only").isOne();
    }
  }

  /** Comes often, and when told waits: how many indices it holds when the context is closed. */
  private static WaitingThread startWaiting(URingContext context, CountDownLatch go)
      throws Exception {
    CountDownLatch came = new CountDownLatch(1);
    WaitingThread waiter =
        WaitingThread.start(
            () -> {
              comeOften(context);
              assertThat(HeldIndices.count()).isOne();
              came.countDown();
              go.await();
              assertThatThrownBy(() -> context.await(1, Contexts.IGNORE))
                  .isInstanceOf(IllegalStateException.class);
              return HeldIndices.count();
            });
    came.await();
    return waiter;
  }

  @Test
  void who_closes_what_another_closes_already_lets_go() throws Exception {
    URingContext context = URingContext.create(4);
    CountDownLatch came = new CountDownLatch(1);
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch handled = new CountDownLatch(1);
    WaitingThread second =
        WaitingThread.start(
            () -> {
              comeOften(context);
              assertThat(HeldIndices.count()).isOne();
              came.countDown();
              while (!context.isClosed()) {
                Thread.onSpinWait();
              }
              context.close();
              return HeldIndices.count();
            });
    came.await();
    context.addNop(1);
    WaitingThread handler =
        WaitingThread.start(
            () ->
                context.await(
                    1,
                    (userData, result, flags) -> {
                      handling.countDown();
                      awaitUninterruptibly(handled);
                    }));
    handling.await();
    Future<?> first = other.submit(context::close);
    while (second.thread().getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    handled.countDown();
    assertThat(handler.result()).isEqualTo(1);
    assertThat(second.result()).isEqualTo(0);
    first.get();
  }

  @Test
  void who_closes_from_a_handler_lets_go() {
    URingContext context = URingContext.create(4);
    comeOften(context);
    context.addNop(1);
    context.await(1, (userData, result, flags) -> context.close());
    assertThat(context.isClosed()).isTrue();
    assertThat(HeldIndices.count()).isZero();
  }

  @Test
  void a_restricted_one_is_entered_by_its_descriptor() {
    URingAllowlist nops =
        URingAllowlist.builder()
            .allow(UringOperation.NOP)
            .allowRegister(RegisterCall.REGISTER_RING_FDS)
            .build();
    try (URingContext context = URingContext.create(4, nops)) {
      comeOften(context);
      comeOften(context);
      assertThat(HeldIndices.count()).isZero();
    }
  }

  @Test
  void a_worker_of_the_common_pool_which_forgets_what_it_held_holds_nothing() throws Exception {
    try (URingContext context = URingContext.create(4)) {
      // Not what the pool makes of it: who waits for that may run it itself.
      FutureTask<Integer> held =
          new FutureTask<>(
              () -> {
                comeOften(context);
                return HeldIndices.count();
              });
      ForkJoinPool.commonPool().execute(held);
      assertThat(held.get()).isZero();
    }
  }

  @Test
  void a_virtual_thread_leaves_nothing_with_the_thread_that_carries_it() throws Exception {
    AtomicInteger held = new AtomicInteger(-1);
    try (URingContext context = URingContext.create(4)) {
      Thread virtual =
          VirtualThread.start(
              () -> {
                comeOften(context);
                held.set(HeldIndices.count());
              });
      assumeTrue(virtual != null, "skipped: no virtual threads before Java 21");
      virtual.join();
    }
    assertThat(held).hasValue(0);
  }

  @Test
  void the_memory_of_buffers_is_given_back_though_a_thread_keeps_the_ring() throws Exception {
    long registered;
    try (URingContext context = URingContext.create(4)) {
      FixedBuffer[] unused = context.registerBuffers(NativeMemory.allocate(32 * 1024));
      registered = pinnedKilobytes();
      other.submit(() -> comeOften(context)).get();
    }
    assertThat(other.submit(HeldIndices::count).get()).isOne();
    assertThat(pinnedKilobytes()).isLessThanOrEqualTo(registered - 32);
  }

  private static long pinnedKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmPin:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
