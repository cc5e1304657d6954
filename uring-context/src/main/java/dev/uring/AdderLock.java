package dev.uring;

import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * One adder at a time: by a lock, or by there being one thread only.
 *
 * <p>The lock is one that does not note who holds it (an addition takes 13 ns so on JDK 25, and 15
 * with {@code ReentrantLock}; on JDK 17 it makes no difference). So it cannot be entered twice, but
 * by who {@linkplain #keep keeps} it; all others do their few steps and leave.
 */
final class AdderLock {
  /** About as long as several additions take. */
  private static final int SPINS = 100;

  private final URingContext context;
  private final @Nullable Thread owner;
  private final @Nullable StampedLock lock;
  private final Habits habits = new Habits();

  /**
   * Who may add without more ado: the owner of a confined context, and of a shared one whoever
   * keeps the lock. A plain field, since one that is not costs a third of an addition: only those
   * who put themselves here are sure to see themselves, and nobody else is taken for them. A
   * confined context that another thread closes stays open to its owner until that next awaits,
   * which is where it is closed.
   */
  private @Nullable Thread adder;

  /** How often the adder keeps the lock. */
  private int kept;

  /** Whether adders are let in; touched under the lock. */
  private boolean open;

  /**
   * @param owner the one thread, or null if any may add
   */
  AdderLock(URingContext context, @Nullable Thread owner) {
    this.context = context;
    this.owner = owner;
    this.lock = owner == null ? new StampedLock() : null;
  }

  void enter() {
    if (adder != Thread.currentThread()) {
      enterSlowly();
    }
  }

  /**
   * As {@link #enter}, for one request. Code of its own: where requests are added together it never
   * locks, and the compiler, which sees that, takes an addition for part of its loop (9 ns of 15).
   */
  void enterToAdd() {
    Thread caller = Thread.currentThread();
    if (adder != caller) {
      enterSlowly();
      habits.adds(caller);
    }
  }

  private void enterSlowly() {
    if (lock == null) {
      context.core().checkUse();
      return;
    }
    acquire(lock);
    boolean permitted = open;
    try {
      if (!permitted) {
        // Throws what the context has to say, unless it has just been enabled.
        context.core().checkUse();
        permitted = true;
      }
    } finally {
      if (!permitted) {
        lock.tryUnlockWrite();
      }
    }
  }

  /** Few keep it for long; to be put to sleep and woken takes a hundred times as long. */
  private static void acquire(StampedLock lock) {
    for (int attempt = 0; attempt < SPINS; attempt++) {
      if (lock.tryWriteLock() != 0) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.writeLock();
  }

  void leave() {
    if (adder == null && lock != null) {
      lock.tryUnlockWrite();
    }
  }

  /** As {@link #leave}, after {@link #enterToAdd}. */
  void leaveAdded() {
    if (adder == null && lock != null) {
      lock.tryUnlockWrite();
    }
  }

  /** The holder keeps it over what it enters and leaves, until it has undone this. */
  void keep() {
    adder = Thread.currentThread();
    kept++;
  }

  void keepNoLonger() {
    kept--;
    if (kept == 0) {
      // Meanwhile the adder may have closed the context.
      adder = open ? owner : null;
    }
  }

  /** Whether the calling thread keeps it. */
  boolean isKept() {
    return adder == Thread.currentThread();
  }

  Habits habits() {
    return habits;
  }

  /** Lets adders in. */
  void open() {
    set(true);
  }

  /** Lets no more in; returns when the last one is out. */
  void shut() {
    set(false);
  }

  private void set(boolean opened) {
    if (lock == null) {
      open = opened;
      adder = opened ? owner : null;
    } else if (isKept()) {
      open = opened;
    } else {
      lock.writeLock();
      open = opened;
      lock.tryUnlockWrite();
    }
  }
}
