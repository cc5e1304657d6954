package dev.uring;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The lock of the adders: held for some 10 ns at a time, and nearly always free.
 *
 * <p>To take it is one compare-and-set, and to give it back a plain store and a plain load: the
 * locks of the JDK give back with a second atomic instruction, so that they cannot miss who waits
 * (6 ns of the 17 that an addition takes). Here whoever has to wait says so, looks for a while, and
 * only then sleeps. A holder could miss it all the same if what it wrote took longer than that to
 * become visible. So nobody sleeps without a limit.
 *
 * <p>It does not note who holds it, and cannot be entered twice. Who waits longest has no right of
 * way over who just comes.
 */
final class AdderMutex {
  private static final int FREE = 0;
  private static final int HELD = 1;

  /** About as long as several additions take, and longer than a store takes to be seen. */
  private static final int SPINS = 100;

  /** Long enough to cost nothing, short enough to be no harm the once that it is needed. */
  private static final long SLEEP_NANOSECONDS = 1_000_000;

  private static final AtomicIntegerFieldUpdater<AdderMutex> STATE =
      AtomicIntegerFieldUpdater.newUpdater(AdderMutex.class, "state");

  private static final AtomicIntegerFieldUpdater<AdderMutex> WAITING =
      AtomicIntegerFieldUpdater.newUpdater(AdderMutex.class, "waiting");

  private final ConcurrentLinkedQueue<Sleeper> sleepers = new ConcurrentLinkedQueue<>();
  private final long sleepNanoseconds;
  private volatile int state;

  /** How many threads wait for it, asleep or not. */
  private volatile int waiting;

  /** Whether one was woken that has not looked yet: others who give it back need not wake it. */
  private volatile boolean woken;

  AdderMutex() {
    this(SLEEP_NANOSECONDS);
  }

  AdderMutex(long sleepNanoseconds) {
    this.sleepNanoseconds = sleepNanoseconds;
  }

  void lock() {
    if (!STATE.compareAndSet(this, FREE, HELD)) {
      boolean unused = await(AdderMutex::never);
    }
  }

  private static boolean never() {
    return false;
  }

  /** As {@link #lock}, but gives up if it is in vain; whether it locked. */
  boolean lockUnless(BooleanSupplier inVain) {
    return tryLock() || await(inVain);
  }

  void unlock() {
    STATE.lazySet(this, FREE);
    if (waiting != 0) {
      wake();
    }
  }

  boolean tryLock() {
    return state == FREE && STATE.compareAndSet(this, FREE, HELD);
  }

  private boolean await(BooleanSupplier inVain) {
    WAITING.incrementAndGet(this);
    try {
      // Few keep it for long; to be put to sleep and woken takes a hundred times as long.
      for (int attempt = 0; attempt < SPINS; attempt++) {
        if (tryLock()) {
          return true;
        }
        Thread.onSpinWait();
      }
      return !inVain.getAsBoolean() && sleep(inVain);
    } finally {
      WAITING.decrementAndGet(this);
    }
  }

  private boolean sleep(BooleanSupplier inVain) {
    Sleeper sleeper = new Sleeper(Thread.currentThread());
    sleepers.add(sleeper);
    boolean interrupted = false;
    boolean locked = tryLock();
    while (!locked && !inVain.getAsBoolean()) {
      LockSupport.parkNanos(this, sleepNanoseconds);
      woken = false;
      // It would not sleep any more.
      interrupted |= Thread.interrupted();
      locked = tryLock();
    }
    sleepers.remove(sleeper);
    woken = false;
    if (!locked && state == FREE) {
      // It may have been woken in place of another.
      wake();
    }
    if (interrupted) {
      interrupt(sleeper.thread, locked);
    }
    return locked;
  }

  /** The method may be anybody's: whoever does not get the lock does not have it either. */
  private void interrupt(Thread caller, boolean locked) {
    boolean done = false;
    try {
      caller.interrupt();
      done = true;
    } finally {
      if (!done && locked) {
        unlock();
      }
    }
  }

  private void wake() {
    Sleeper sleeper = sleepers.peek();
    if (sleeper != null && !woken) {
      woken = true;
      LockSupport.unpark(sleeper.thread);
    }
  }

  /** One that waits. Not the thread itself, whose {@code equals} may be anybody's. */
  private static final class Sleeper {
    private final Thread thread;

    Sleeper(Thread thread) {
      this.thread = thread;
    }
  }
}
