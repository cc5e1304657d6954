package dev.uring;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One adder at a time: by a lock, or by there being one thread only.
 *
 * <p>The {@linkplain AdderMutex lock} does not note who holds it. So it cannot be entered twice,
 * but by who {@linkplain #keep keeps} it; all others do their few steps and leave.
 */
final class AdderLock {
  private static final Keeper NOBODY = new Keeper(null);

  private final ContextCore core;
  private final Keeper owner;
  private final @Nullable AdderMutex lock;
  private final Habits habits = new Habits();

  /**
   * Who may add without more ado, if it {@linkplain Keeper#kept keeps} the lock: the owner of a
   * confined context, and of a shared one whoever kept it last. A plain field, since one that is
   * not costs a third of an addition: only those who put themselves here are sure to see
   * themselves, and nobody else is taken for them. A confined context that another thread closes
   * stays open to its owner until that next awaits, which is where it is closed.
   *
   * <p>Who keeps it no longer stays here, be it a thread that has ended, until another keeps it: a
   * store of a reference takes the collector's notes with it, which are cold (20 ns a group).
   */
  private Keeper keeper = NOBODY;

  /** Each thread has its own, which refers to it, and but for the last goes with it. */
  @SuppressWarnings("ThreadLocalUsage") // One a lock, on purpose: a thread may keep several.
  private final ThreadLocal<Keeper> keepers =
      ThreadLocal.withInitial(() -> new Keeper(Thread.currentThread()));

  /** Whether adders are let in; touched under the lock. */
  private boolean open;

  AdderLock(ContextCore core) {
    this.core = core;
    this.owner = new Keeper(core.owner());
    this.owner.kept = 1;
    this.lock = core.owner() == null ? new AdderMutex() : null;
    if (lock != null) {
      // Who builds a context most likely uses it.
      keeper = keepers.get();
    }
  }

  void enter() {
    if (!isKept()) {
      enterSlowly();
    }
  }

  /**
   * As {@link #enter}, for one request; whether it is kept. Code of its own: where requests are
   * added together it never locks, and the compiler, which sees that, takes an addition for part of
   * its loop (9 ns of 15).
   */
  boolean enterToAdd() {
    Thread caller = Thread.currentThread();
    if (isKeptBy(caller)) {
      return true;
    }
    enterSlowly();
    habits.adds(caller);
    return false;
  }

  private void enterSlowly() {
    if (lock == null) {
      core.checkUse();
      return;
    }
    lock.lock();
    mustBeOpen(lock);
  }

  /** Whoever has just locked is let in, or unlocks. */
  private void mustBeOpen(AdderMutex locked) {
    boolean permitted = open;
    try {
      if (!permitted) {
        // Throws what the context has to say, unless it has just been enabled.
        core.checkUse();
        permitted = true;
      }
    } finally {
      if (!permitted) {
        locked.unlock();
      }
    }
  }

  /** As {@link #enter}, unless it is in vain; whether it is entered. */
  boolean enterUnless(BooleanSupplier inVain) {
    if (lock == null || isKept()) {
      enter();
      return true;
    }
    boolean locked = lock.lockUnless(inVain);
    if (locked) {
      mustBeOpen(lock);
    }
    return locked;
  }

  void leave() {
    if (lock != null && keeper.kept == 0) {
      lock.unlock();
    }
  }

  /** As {@link #leave}, after {@link #enterToAdd}; code of its own for the same reason. */
  void leaveAdded() {
    if (lock != null && keeper.kept == 0) {
      lock.unlock();
    }
  }

  /** As {@link #enter}, and keeps it. Fails, for want of memory too, with the lock not entered. */
  void enterToKeep() {
    if (lock != null) {
      Keeper unused = keepers.get();
    }
    enter();
    habits.adds(Thread.currentThread());
    keep();
  }

  /** The holder keeps it over what it enters and leaves, until it has undone this. */
  void keep() {
    if (lock != null) {
      if (keeper.thread != Thread.currentThread()) {
        keeper = keepers.get();
      }
      keeper.kept++;
    }
  }

  void keepNoLonger() {
    if (lock != null) {
      keeper.kept--;
    }
  }

  /** Whether the calling thread keeps it. */
  boolean isKept() {
    return isKeptBy(Thread.currentThread());
  }

  private boolean isKeptBy(Thread caller) {
    Keeper last = keeper;
    return last.thread == caller && last.kept > 0;
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
      keeper = opened ? owner : NOBODY;
    } else if (isKept()) {
      open = opened;
    } else {
      lock.lock();
      open = opened;
      lock.unlock();
    }
  }

  /** A thread that may keep the lock. Only that thread changes what is here, and holds the lock. */
  static final class Keeper {
    private final @Nullable Thread thread;

    /** How often it does: of a confined context's owner always once. */
    private int kept;

    Keeper(@Nullable Thread thread) {
      this.thread = thread;
    }
  }
}
