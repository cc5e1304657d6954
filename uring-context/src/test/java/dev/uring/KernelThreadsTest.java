package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that the kernel starts in this process for rings end with what they were for. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelThreadsTest {
  private static final int ROUNDS = 200;

  /** What the JVM itself may start meanwhile, and far less than one a round. */
  private static final int SLACK = 20;

  /** One for each kind of work, and what is just about to end. */
  private static final int MOST_WORKERS = 10;

  private static final long PATIENCE_SECONDS = 60;

  private static boolean exists(String name) {
    return KernelThreads.ofRings().stream().anyMatch(task -> task.contains(name));
  }

  /** The kernel ends its threads some time after the last that used them has gone. */
  private static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("%s; there are %s", what, KernelThreads.all())
          .isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static void settled(Set<String> before, int tasks) {
    until("all threads of the kernel are gone", () -> before.containsAll(KernelThreads.ofRings()));
    until("about as many threads as before", () -> KernelThreads.all().size() <= tasks + SLACK);
  }

  private static void polled(int round) {
    ContextBuilder builder = URingContext.builder(4).polledSubmission(Duration.ofMillis(1));
    try (Pipe pipe = Pipe.open();
        URingContext context = (round % 2 == 0 ? builder.confined() : builder).build()) {
      until("there is a thread that submits", () -> exists("iou-sqp-"));
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
      context.addNop(2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }

  /**
   * What waits in a worker, and what has been done by one; the former when it is closed.
   *
   * @param pipe stays open, so that closing the context is all that ends who waits for it
   */
  private static void worked(int round, Pipe pipe) throws Exception {
    NativeMemory memory = NativeMemory.allocate(8);
    try (Pipe into = Pipe.open();
        Descriptor zeros = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ);
        URingContext context = Contexts.of(4, round % 2 == 0)) {
      context.addReadv(zeros, Contexts.vector(memory), 0, 1, RequestOptions.NONE.async());
      context.pipes().addSplice(SpliceEnd.of(pipe.readEnd()), SpliceEnd.of(into.writeEnd()), 8, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("1:8");
      String worker = "iou-wrk-" + LinuxCalls.C.gettid();
      until("there is a worker", () -> exists(worker));
    }
  }

  @Test
  void those_that_submit_end_with_their_contexts() {
    Set<String> before = KernelThreads.ofRings();
    int tasks = KernelThreads.all().size();
    for (int round = 0; round < ROUNDS; round++) {
      polled(round);
    }
    settled(before, tasks);
  }

  @Test
  void workers_do_not_gather_while_their_thread_lives_and_end_with_it() throws Exception {
    Set<String> before = KernelThreads.ofRings();
    int tasks = KernelThreads.all().size();
    WaitingThread.start(
            () -> {
              try (Pipe pipe = Pipe.open()) {
                for (int round = 0; round < ROUNDS; round++) {
                  worked(round, pipe);
                }
                int most = before.size() + MOST_WORKERS;
                until("few workers", () -> KernelThreads.ofRings().size() <= most);
              }
              return ROUNDS;
            })
        .untilItHasExited();
    settled(before, tasks);
  }

  @Test
  void both_end_with_threads_that_close_their_contexts_and_end() throws Exception {
    Set<String> before = KernelThreads.ofRings();
    int tasks = KernelThreads.all().size();
    for (int round = 0; round < ROUNDS; round++) {
      int number = round;
      WaitingThread.start(
              () -> {
                polled(number);
                try (Pipe pipe = Pipe.open()) {
                  worked(number, pipe);
                }
                return number;
              })
          .untilItHasExited();
    }
    settled(before, tasks);
  }
}
