package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Eight threads add to one context and take completions from it, everybody's, for a while. */
class SoakTest {
  private static final int THREADS = 8;
  private static final int ENTRIES = 256;

  /** Added by one thread and not completed: so few that there is always room for one more. */
  private static final int OUTSTANDING = 32;

  /** User data: the adder, then the number of the request among the adder's. */
  private static final int NUMBER_BITS = 48;

  /** One request in so many reads; the others do nothing. */
  private static final int READ_EVERY = 8;

  private static final int READ_BYTES = 64;
  private static final long WAIT_NANOSECONDS = 1_000_000;

  /** What is allocated a request at most: the JVM needs a little for itself now and then. */
  private static final double MOST_BYTES = 1.0;

  private static final int MOST_NEW_DESCRIPTORS = 8;
  private static final int PATIENCE_SECONDS = 300;

  @Test
  void each_completion_is_had_once_and_nothing_is_left_behind() throws Exception {
    soak(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  @Tag("long")
  void each_completion_is_had_once_and_nothing_is_left_behind_in_a_minute() throws Exception {
    soak(Duration.ofSeconds(5), Duration.ofSeconds(60));
  }

  private static void soak(Duration warmUp, Duration measured) throws Exception {
    try (URingContext context =
            URingContext.builder(ENTRIES).completionEntries(2 * ENTRIES).build();
        Descriptor zeros = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      Load load = new Load(context, zeros);
      load.run(warmUp);
      int descriptors = OpenDescriptors.count();
      load.run(measured);
      load.end();
      assertThat(OpenDescriptors.count() - descriptors).isLessThanOrEqualTo(MOST_NEW_DESCRIPTORS);
      load.mustBeAccountedFor();
      long requests = load.addedIn(1);
      assertThat(requests).isPositive();
      assertThat((double) load.allocatedIn(1) / requests).isLessThan(MOST_BYTES);
    }
  }

  /** The threads, which work in two rounds: one to warm up, and one that is measured. */
  private static final class Load {
    final URingContext context;
    final Descriptor zeros;
    final CyclicBarrier barrier = new CyclicBarrier(THREADS + 1);
    final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** By adder, and by number modulo {@link #OUTSTANDING}: the number plus one while in flight. */
    final AtomicLongArray inFlight = new AtomicLongArray(THREADS * OUTSTANDING);

    final AtomicLong completed = new AtomicLong();
    final List<Worker> workers = new ArrayList<>();
    volatile long deadline;

    Load(URingContext context, Descriptor zeros) {
      this.context = context;
      this.zeros = zeros;
      for (int adder = 0; adder < THREADS; adder++) {
        workers.add(new Worker(this, adder));
      }
      workers.forEach(Thread::start);
    }

    void run(Duration time) throws Exception {
      deadline = System.nanoTime() + time.toNanos();
      try {
        meet();
        meet();
      } catch (BrokenBarrierException e) {
        throw new AssertionError("a thread has failed", failure.get());
      }
    }

    void end() throws InterruptedException {
      for (Worker worker : workers) {
        worker.join();
      }
    }

    void meet() throws Exception {
      barrier.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    long addedIn(int round) {
      return workers.stream().mapToLong(worker -> worker.added[round]).sum();
    }

    long allocatedIn(int round) {
      return workers.stream().mapToLong(worker -> worker.allocated[round]).sum();
    }

    void mustBeAccountedFor() {
      long added = addedIn(0) + addedIn(1);
      assertThat(completed.get()).isEqualTo(added);
      assertThat(context.counters())
          .isEqualTo(new ContextCounters(added, added, added, 0, 0, 0, 0));
    }
  }

  private static final class Worker extends Thread {
    private static final ThreadMXBean ALLOCATIONS =
        (ThreadMXBean) ManagementFactory.getThreadMXBean();

    final long[] added = new long[2];
    final long[] allocated = new long[2];
    private final Load load;
    private final URingContext context;
    private final int adder;
    private final MemoryVector memory =
        new MemoryVector().add(NativeMemory.allocate(READ_BYTES), 0, READ_BYTES);
    private final CompletionHandler handler = this::completed;
    private long next;

    Worker(Load load, int adder) {
      super("soak-" + adder);
      this.load = load;
      this.context = load.context;
      this.adder = adder;
    }

    @Override
    public void run() {
      try {
        for (int round = 0; round < added.length; round++) {
          load.meet();
          long first = next;
          long before = ALLOCATIONS.getCurrentThreadAllocatedBytes();
          work();
          allocated[round] = ALLOCATIONS.getCurrentThreadAllocatedBytes() - before;
          added[round] = next - first;
          load.meet();
        }
      } catch (BrokenBarrierException e) {
        // Another thread has failed and said why.
      } catch (Throwable e) {
        load.failure.compareAndSet(null, e);
        load.barrier.reset();
      }
    }

    private void work() {
      while (System.nanoTime() - load.deadline < 0 && load.failure.get() == null) {
        for (int count = 0; count < OUTSTANDING && load.inFlight.get(slot(adder, next)) == 0; ) {
          add();
          count++;
        }
        if ((next & 1) == 0) {
          context.submit();
          context.poll(handler);
        } else {
          context.await(1, WAIT_NANOSECONDS, handler);
        }
      }
      while (load.failure.get() == null && hasOutstanding()) {
        context.await(1, WAIT_NANOSECONDS, handler);
      }
    }

    private boolean hasOutstanding() {
      for (int slot = adder * OUTSTANDING; slot < (adder + 1) * OUTSTANDING; slot++) {
        if (load.inFlight.get(slot) != 0) {
          return true;
        }
      }
      return false;
    }

    private void add() {
      long number = next++;
      load.inFlight.set(slot(adder, number), number + 1);
      long userData = (long) adder << NUMBER_BITS | number;
      if (number % READ_EVERY == 0) {
        context.addReadv(load.zeros, memory, 0, userData);
      } else {
        context.addNop(userData);
      }
    }

    private void completed(long userData, int result, int flags) {
      int of = (int) (userData >>> NUMBER_BITS);
      long number = userData & (1L << NUMBER_BITS) - 1;
      if (!load.inFlight.compareAndSet(slot(of, number), number + 1, 0)) {
        throw new AssertionError(of + ":" + number + " was not in flight");
      }
      if (result != (number % READ_EVERY == 0 ? READ_BYTES : 0)) {
        throw new AssertionError(of + ":" + number + " has the result " + result);
      }
      load.completed.incrementAndGet();
    }

    private static int slot(int adder, long number) {
      return adder * OUTSTANDING + (int) (number % OUTSTANDING);
    }
  }
}
