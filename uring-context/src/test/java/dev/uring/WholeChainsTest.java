package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A chain is taken whole, though other threads have the kernel take what they have counted. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WholeChainsTest {
  private static final int LENGTH = 16;
  private static final int OTHERS = 6;
  static final long FAILS = 1;
  static final long FOLLOWS = 2;
  private static final long OTHER = 3;

  private final AtomicLong ran = new AtomicLong();
  private final AtomicLong cancelled = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();

  private void taken(long userData, int result, int flags) {
    if (userData == FOLLOWS) {
      (result == -Errno.ECANCELED ? cancelled : ran).incrementAndGet();
    }
  }

  private Object addAndSubmit(URingContext context) {
    while (!over.get()) {
      try {
        context.addNop(OTHER);
        context.submit();
      } catch (RingFullException e) {
        // What is polled makes room.
        Thread.onSpinWait();
      }
      context.poll(this::taken);
    }
    return "over";
  }

  /** Adds a chain whose first request fails, so that no other of it is run. */
  static void addChain(URingContext context, int length, Descriptor readOnly, MemoryVector one) {
    context
        .chains()
        .linked(
            length,
            () -> {
              context.addWritev(readOnly, one, 0, FAILS);
              for (int follower = 1; follower < length; follower++) {
                context.addNop(FOLLOWS);
              }
            });
  }

  private void chains(int count) throws Exception {
    try (URingContext context = URingContext.builder(64).completionEntries(4096).build();
        Descriptor readOnly = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      List<WaitingThread> others = new ArrayList<>();
      for (int other = 0; other < OTHERS; other++) {
        others.add(WaitingThread.start(() -> addAndSubmit(context)));
      }
      MemoryVector one = Contexts.vector(NativeMemory.allocate(1));
      int added = 0;
      while (added < count) {
        try {
          addChain(context, LENGTH, readOnly, one);
          added++;
          context.submit();
        } catch (RingFullException e) {
          Thread.onSpinWait();
        }
        context.poll(this::taken);
      }
      over.set(true);
      for (WaitingThread other : others) {
        assertThat(other.result()).isEqualTo("over");
      }
      while (context.inFlight() > 0) {
        context.await(1, this::taken);
      }
    }
    assertThat(ran.get()).as("ran though the chain had failed").isZero();
    assertThat(cancelled.get()).isEqualTo((long) count * (LENGTH - 1));
  }

  @Test
  void some_chains_are_taken_whole() throws Exception {
    chains(2_000);
  }

  /** Without what sees to it, one in some 4,000 is cut in two. */
  @Test
  @Tag("long")
  void many_chains_are_taken_whole() throws Exception {
    chains(100_000);
  }
}
