package dev.uring.disk;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A request whose thread waits for it. Made by that thread, submitted and ended by the loop's. */
final class BlockingRequest extends DiskRequest implements Runnable {
  /** Not an errno: the loop has ended, and the request has not begun. */
  static final int NEVER_BEGUN = -1;

  private static final int PENDING = Integer.MIN_VALUE;

  /** Between two looks at whether the loop lives, for as long as nobody wakes us. */
  private static final long LOOK_NANOSECONDS = TimeUnit.SECONDS.toNanos(1);

  private final EmbeddedLoop owner;
  private final Thread waiter = Thread.currentThread();
  private volatile int outcome = PENDING;

  BlockingRequest(EmbeddedLoop owner) {
    this.owner = owner;
  }

  @Override
  public void run() {
    owner.begin(this);
  }

  @Override
  protected void completed(int error) {
    owner.ended();
    end(error);
  }

  void end(int error) {
    outcome = error;
    LockSupport.unpark(waiter);
  }

  /**
   * Waits for the end, whether the thread is interrupted or not: the kernel has its memory until
   * then.
   *
   * @return zero, an errno, or {@link #NEVER_BEGUN}
   */
  int await() {
    boolean interrupted = false;
    try {
      while (outcome == PENDING) {
        LockSupport.parkNanos(this, LOOK_NANOSECONDS);
        interrupted |= Thread.interrupted();
        if (owner.hasEnded() && outcome == PENDING) {
          return NEVER_BEGUN;
        }
      }
      return outcome;
    } finally {
      if (interrupted) {
        waiter.interrupt();
      }
    }
  }
}
