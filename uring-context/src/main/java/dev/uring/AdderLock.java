package dev.uring;

import org.jspecify.annotations.Nullable;

/**
 * One adder at a time: by a lock, or by there being one thread only.
 *
 * <p>The {@linkplain AdderMutex lock} does not note who holds it. So it cannot be entered twice,
 * but by who {@linkplain #keep keeps} it; all others do their few steps and leave.
 */
final class AdderLock {
  private final ContextCore core;
  private final @Nullable Thread owner;
  private final @Nullable AdderMutex lock;
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

  AdderLock(ContextCore core) {
    this.core = core;
    this.owner = core.owner();
    this.lock = owner == null ? new AdderMutex() : null;
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
      core.checkUse();
      return;
    }
    lock.lock();
    boolean permitted = open;
    try {
      if (!permitted) {
        // Throws what the context has to say, unless it has just been enabled.
        core.checkUse();
        permitted = true;
      }
    } finally {
      if (!permitted) {
        lock.unlock();
      }
    }
  }

  void leave() {
    if (adder == null && lock != null) {
      lock.unlock();
    }
  }

  /** As {@link #leave}, after {@link #enterToAdd}. */
  void leaveAdded() {
    if (adder == null && lock != null) {
      lock.unlock();
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
      lock.lock();
      open = opened;
      lock.unlock();
    }
  }
}
