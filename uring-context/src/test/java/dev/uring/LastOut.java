package dev.uring;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;

import java.lang.reflect.Field;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Stops a thread that leaves a context where it has been counted out and has not looked yet whether
 * the context closes. Another comes in meanwhile, and a third closes.
 */
public final class LastOut {
  static final String DONE = "the last one closed";

  private static final CountDownLatch OUT = new CountDownLatch(1);
  private static final CountDownLatch LOOKS = new CountDownLatch(1);
  private static volatile @Nullable Thread stops;

  private LastOut() {}

  public static void main(String[] arguments) throws Exception {
    putBetween();
    URingContext context = URingContext.create(8);
    CountDownLatch in = new CountDownLatch(1);
    CountDownLatch leaves = new CountDownLatch(1);
    WaitingThread leaving =
        WaitingThread.start(
            () -> {
              stops = Thread.currentThread();
              return context.poll(Contexts.IGNORE);
            });
    OUT.await();
    context.addNop(1);
    WaitingThread inside =
        WaitingThread.start(
            () ->
                context.await(
                    1,
                    (userData, result, flags) -> {
                      in.countDown();
                      awaitUninterruptibly(leaves);
                    }));
    in.await();
    WaitingThread closing =
        WaitingThread.start(
            () -> {
              context.close();
              return "closed";
            });
    while (!context.isClosed()) {
      Thread.onSpinWait();
    }
    LOOKS.countDown();
    Object taken = leaving.result();
    must(taken.equals(0), "who left first took nothing");
    must(context.core().state() == ContextState.CLOSING, "a ring that a thread is in stays");
    leaves.countDown();
    must(inside.result().equals(1), "the wait of who was inside ends as any other");
    must(closing.result().equals("closed"), "who closes returns");
    must(context.core().state() == ContextState.CLOSED, "the last one has closed");
    System.out.println(DONE);
  }

  private static void must(boolean kept, String promise) {
    if (!kept) {
      throw new AssertionError("not so: " + promise);
    }
  }

  /** Puts {@link Stopping} in the place of the counter, which is a constant. */
  @SuppressWarnings("unchecked")
  private static void putBetween() throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Unsafe");
    Field only = type.getDeclaredField("theUnsafe");
    only.setAccessible(true);
    Object unsafe = only.get(null);
    Field inside = ContextCore.class.getDeclaredField("INSIDE");
    inside.setAccessible(true);
    Stopping stopping = new Stopping((AtomicIntegerFieldUpdater<ContextCore>) inside.get(null));
    Object base = type.getMethod("staticFieldBase", Field.class).invoke(unsafe, inside);
    Object offset = type.getMethod("staticFieldOffset", Field.class).invoke(unsafe, inside);
    Object unused =
        type.getMethod("putObject", Object.class, long.class, Object.class)
            .invoke(unsafe, base, offset, stopping);
  }

  /** The counter, which stops a thread once that has counted itself out. */
  private static final class Stopping extends AtomicIntegerFieldUpdater<ContextCore> {
    private final AtomicIntegerFieldUpdater<ContextCore> counter;

    Stopping(AtomicIntegerFieldUpdater<ContextCore> counter) {
      this.counter = counter;
    }

    @Override
    public int decrementAndGet(ContextCore core) {
      int left = counter.decrementAndGet(core);
      if (Thread.currentThread() == stops) {
        stops = null;
        OUT.countDown();
        awaitUninterruptibly(LOOKS);
      }
      return left;
    }

    @Override
    public boolean compareAndSet(ContextCore core, int expected, int next) {
      return counter.compareAndSet(core, expected, next);
    }

    @Override
    public boolean weakCompareAndSet(ContextCore core, int expected, int next) {
      return counter.weakCompareAndSet(core, expected, next);
    }

    @Override
    public void set(ContextCore core, int value) {
      counter.set(core, value);
    }

    @Override
    public void lazySet(ContextCore core, int value) {
      counter.lazySet(core, value);
    }

    @Override
    public int get(ContextCore core) {
      return counter.get(core);
    }
  }
}
