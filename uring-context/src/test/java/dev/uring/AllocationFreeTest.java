package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests leave nothing for the collector, once the JVM has compiled what they run through. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationFreeTest {
  private static final ThreadMXBean ALLOCATIONS =
      (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int BATCH = 16;

  /** At most so many rounds of so many batches: one of them, when all is warm, has to be free. */
  private static final int ROUNDS = 40;

  private static final int BATCHES = 1_000;

  /** What is allocated a request at most: the JVM needs a little for itself now and then. */
  private static final double MOST_BYTES = 1.0;

  private static final int PIECE = 64;
  private static final int PIECES = 3;

  /** How a request is added; the data that it takes are there before. */
  private static final class Adder {
    final URingContext context;
    final Descriptor zeros;
    final FixedFile slot;
    final FixedBuffer buffer;
    final MemoryVector one = Contexts.vector(NativeMemory.allocate(PIECE));
    final MemoryVector several = new MemoryVector(PIECES);

    Adder(URingContext context, Descriptor zeros) {
      this.context = context;
      this.zeros = zeros;
      slot = context.registerFiles(0, zeros)[0];
      buffer = context.registerBuffers(NativeMemory.allocate(PIECE))[0];
      NativeMemory memory = NativeMemory.allocate(PIECES * PIECE);
      for (int piece = 0; piece < PIECES; piece++) {
        several.add(memory, piece * PIECE, PIECE);
      }
    }
  }

  /** What is added. */
  private record Kind(String name, int result, Consumer<Adder> adding) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Kind> kinds() {
    return List.of(
        new Kind("nop", 0, adder -> adder.context.addNop(1)),
        new Kind("read", PIECE, adder -> adder.context.addReadv(adder.zeros, adder.one, 0, 1)),
        new Kind(
            "read by slot", PIECE, adder -> adder.context.addReadv(adder.slot, adder.one, 0, 1)),
        new Kind(
            "readv",
            PIECES * PIECE,
            adder -> adder.context.addReadv(adder.zeros, adder.several, 0, 1)),
        new Kind(
            "readv by slot",
            PIECES * PIECE,
            adder -> adder.context.addReadv(adder.slot, adder.several, 0, 1)),
        new Kind(
            "fixed read",
            PIECE,
            adder ->
                adder.context.fixedBuffers().addRead(adder.slot, adder.buffer, 0, PIECE, 0, 1)));
  }

  /** One kind of request in batches, each of which is awaited. */
  private static final class Load implements CompletionHandler {
    final Adder adder;
    final Kind kind;
    final boolean together;
    final Runnable batch;
    int wrong;

    Load(Adder adder, Kind kind, boolean together) {
      this.adder = adder;
      this.kind = kind;
      this.together = together;
      this.batch = this::addBatch;
    }

    private void addBatch() {
      for (int request = 0; request < BATCH; request++) {
        kind.adding.accept(adder);
      }
    }

    @Override
    public void completed(long userData, int result, int flags) {
      if (result != kind.result) {
        wrong++;
      }
    }

    void run() {
      for (int turn = 0; turn < BATCHES; turn++) {
        if (together) {
          adder.context.chains().together(BATCH, batch);
        } else {
          addBatch();
        }
        if (adder.context.await(BATCH, this) != BATCH) {
          wrong++;
        }
      }
    }
  }

  private static void mustBeFree(Kind kind, boolean confined, boolean together) {
    ContextBuilder builder = URingContext.builder(BATCH).preparedPieces(PIECES);
    try (URingContext context = (confined ? builder.confined() : builder).build();
        Descriptor zeros = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      Load load = new Load(new Adder(context, zeros), kind, together);
      double least = Double.MAX_VALUE;
      for (int round = 0; round < ROUNDS && least >= MOST_BYTES; round++) {
        long before = ALLOCATIONS.getCurrentThreadAllocatedBytes();
        load.run();
        long bytes = ALLOCATIONS.getCurrentThreadAllocatedBytes() - before;
        least = Math.min(least, (double) bytes / (BATCHES * BATCH));
      }
      assertThat(load.wrong).isZero();
      assertThat(least)
          .as("bytes a request; confined: %s, together: %s", confined, together)
          .isLessThan(MOST_BYTES);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void confined_to_a_thread(Kind kind) {
    mustBeFree(kind, true, false);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shared_by_threads(Kind kind) {
    mustBeFree(kind, false, false);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void added_together_in_a_confined_one(Kind kind) {
    mustBeFree(kind, true, true);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void added_together_in_a_shared_one(Kind kind) {
    mustBeFree(kind, false, true);
  }
}
