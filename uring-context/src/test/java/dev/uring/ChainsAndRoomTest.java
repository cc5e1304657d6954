package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever makes room in a full queue submits, too: what an await has counted grows old by it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChainsAndRoomTest {
  private static final int ENTRIES = 8;
  private static final int LENGTH = ENTRIES - 1;
  private static final long FAILS = WholeChainsTest.FAILS;
  private static final long FOLLOWS = WholeChainsTest.FOLLOWS;
  private static final long OTHER = 3;

  /** Stops between counting entries and submitting them, where an await looks for an interrupt. */
  private static final class Counting extends Thread {
    private final CountDownLatch counted = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private volatile boolean stops;

    Counting(Runnable action) {
      super(action, "counting");
      setDaemon(true);
    }

    @Override
    public boolean isInterrupted() {
      if (stops) {
        stops = false;
        counted.countDown();
        try {
          goesOn.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return super.isInterrupted();
    }
  }

  private static void addChain(URingContext context, Descriptor readOnly) {
    MemoryVector one = Contexts.vector(NativeMemory.allocate(1));
    WholeChainsTest.addChain(context, LENGTH, readOnly, one);
  }

  @Test
  void a_chain_that_was_added_after_room_was_made_is_taken_whole() throws Exception {
    List<String> taken = new ArrayList<>();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (URingContext context = URingContext.builder(ENTRIES).completionEntries(64).build();
        Descriptor readOnly = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      CompletionHandler taking = (userData, result, flags) -> taken.add(userData + ":" + result);
      Counting counting =
          new Counting(
              () -> {
                try {
                  context.await(2 * LENGTH, taking);
                  first.countDown();
                  second.await();
                  ((Counting) Thread.currentThread()).stops = true;
                  context.await(LENGTH + 1, taking);
                } catch (Throwable e) {
                  failure.set(e);
                }
              });
      // The second makes room by submitting the first.
      addChain(context, readOnly);
      addChain(context, readOnly);
      counting.start();
      first.await();
      taken.clear();

      context.addNop(OTHER);
      context.addNop(OTHER);
      second.countDown();
      counting.counted.await();
      addChain(context, readOnly);
      counting.goesOn.countDown();
      counting.join();
      assertThat(failure).hasValue(null);
      while (context.inFlight() > 0) {
        context.await(1, taking);
      }
    }
    assertThat(taken).contains(OTHER + ":0", FAILS + ":" + -Errno.EBADF);
    assertThat(taken)
        .filteredOn(text -> text.startsWith(FOLLOWS + ":"))
        .hasSize(LENGTH - 1)
        .containsOnly(FOLLOWS + ":" + -Errno.ECANCELED);
  }
}
