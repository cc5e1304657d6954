package dev.uring;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;

/**
 * The lock of the adders: held for some 10 ns at a time, and nearly always free.
 *
 * <p>To take it is one compare-and-set, and to give it back a plain store: the locks of the JDK
 * give back with a second atomic instruction, which is what shows them who waits (6 ns of the 17
 * that an addition takes). Here whoever is about to sleep leaves a mark, and a holder that does not
 * see it in time overwrites it. So nobody sleeps without a limit, and looks again by itself; all
 * others are woken.
 *
 * <p>It does not note who holds it, and cannot be entered twice. Who waits longest has no right of
 * way over who just comes.
 */
final class AdderMutex {
  static final int FREE = 0;
  private static final int HELD = 1;

  /** Held, and somebody may be asleep. */
  private static final int AWAITED = 2;

  /** About as long as several additions take. */
  private static final int SPINS = 100;

  /** How long to sleep at first if nobody wakes; then twice as long each time. */
  private static final long SHORTEST_NANOSECONDS = 100_000;

  private static final long LONGEST_NANOSECONDS = 10_000_000;

  private static final AtomicIntegerFieldUpdater<AdderMutex> STATE =
      AtomicIntegerFieldUpdater.newUpdater(AdderMutex.class, "state");

  private final ConcurrentLinkedQueue<Thread> sleepers = new ConcurrentLinkedQueue<>();
  private final long firstSleep;

  private volatile int state;

  AdderMutex() {
    this(SHORTEST_NANOSECONDS);
  }

  /**
   * @param firstSleep in nanoseconds
   */
  AdderMutex(long firstSleep) {
    this.firstSleep = firstSleep;
  }

  void lock() {
    if (!STATE.compareAndSet(this, FREE, HELD)) {
      lockHeld();
    }
  }

  void unlock() {
    if (state == HELD) {
      STATE.lazySet(this, FREE);
    } else {
      unlockAwaited();
    }
  }

  /** Few keep it for long; to be put to sleep and woken takes a hundred times as long. */
  private void lockHeld() {
    for (int attempt = 0; attempt < SPINS; attempt++) {
      if (state == FREE && STATE.compareAndSet(this, FREE, HELD)) {
        return;
      }
      Thread.onSpinWait();
    }
    Thread caller = Thread.currentThread();
    sleepers.add(caller);
    boolean interrupted = false;
    long limit = firstSleep;
    // With the mark, since others may be asleep behind this one.
    while (STATE.getAndSet(this, AWAITED) != FREE) {
      LockSupport.parkNanos(this, limit);
      limit = Math.max(limit, Math.min(2 * limit, LONGEST_NANOSECONDS));
      // It would not sleep any more.
      interrupted |= Thread.interrupted();
    }
    sleepers.remove(caller);
    if (interrupted) {
      caller.interrupt();
    }
  }

  private void unlockAwaited() {
    state = FREE;
    Thread sleeper = sleepers.peek();
    if (sleeper != null) {
      LockSupport.unpark(sleeper);
    }
  }
}
