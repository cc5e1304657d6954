package dev.uring;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One adder at a time: by a lock, or by there being one thread only. */
final class AdderLock {
  private final URingContext context;
  private final @Nullable Thread owner;
  private final @Nullable ReentrantLock lock;

  /**
   * Who may add without more ado: the owner of a confined context, and of a shared one whoever adds
   * together and so holds the lock. A plain field, since one that is not costs a third of an
   * addition: only those who put themselves here are sure to see themselves, and nobody else is
   * taken for them. A confined context that another thread closes stays open to its owner until
   * that next awaits, which is where it is closed.
   */
  private @Nullable Thread adder;

  /** Whether a shared context works; touched under the lock. */
  private boolean open;

  /**
   * @param owner the one thread, or null if any may add
   */
  AdderLock(URingContext context, @Nullable Thread owner) {
    this.context = context;
    this.owner = owner;
    this.lock = owner == null ? new ReentrantLock() : null;
  }

  void enter() {
    if (adder != Thread.currentThread()) {
      enterSlowly();
    }
  }

  private void enterSlowly() {
    if (lock == null) {
      context.core().checkUse();
      return;
    }
    lock.lock();
    boolean permitted = open;
    try {
      if (!permitted) {
        // Throws what the context has to say, unless it has just been enabled.
        context.core().checkUse();
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

  /** The holder keeps it over what it enters and leaves. */
  void keep() {
    adder = Thread.currentThread();
  }

  void keepNoLonger() {
    adder = owner;
  }

  /** Whether the calling thread keeps it. */
  boolean isKept() {
    return adder == Thread.currentThread();
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
      adder = opened ? owner : null;
      return;
    }
    lock.lock();
    try {
      open = opened;
    } finally {
      lock.unlock();
    }
  }
}
