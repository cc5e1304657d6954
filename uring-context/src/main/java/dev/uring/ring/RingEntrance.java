package dev.uring.ring;

import dev.uring.sys.UringCalls;
import org.jspecify.annotations.Nullable;

/**
 * How one thread enters a ring that others enter, too: by its descriptor, and once it has come
 * often by an {@linkplain RingDescriptors index} that is registered with it, which saves the
 * look-up (some 40 ns). For that thread only: to another the index may name another ring.
 *
 * <p>An index keeps its ring alive. So it is {@linkplain #giveBack given back} before the ring is
 * closed; one that another thread closes meanwhile lives until the thread registers another ring,
 * or ends.
 *
 * <p>Does not look at the calling thread, nor always at whether the ring is open: whoever uses it
 * elsewhere or after closing may enter another ring.
 */
public final class RingEntrance {
  /** Calls after which an index is worth its register call. */
  private static final int OFTEN = 64;

  /** Not asked of the flags themselves, which are objects and cold after a wait (10 ns). */
  private static final int EVENTS = EnterFlag.GETEVENTS.mask();

  private static final int BY_INDEX = EnterFlag.REGISTERED_RING.mask();

  private final Ring ring;
  private final ThreadIndices indices;
  private final boolean polledSubmission;
  private final int usualFd;
  private final int usualFlags;
  private int fd;
  private int flags;

  /** How many calls more before the ring is registered; zero if it is, or shall not be. */
  private int untilRegistered;

  private @Nullable TimedWait timedWait;

  /** As the ring itself is entered, for now or for good. */
  RingEntrance(Ring ring, int fd, int flags, boolean mayRegister) {
    this.ring = ring;
    this.indices = ring.registrar().descriptors().indices();
    this.polledSubmission = ring.hasPolledSubmission();
    this.usualFd = fd;
    this.usualFlags = flags;
    this.fd = fd;
    this.flags = flags;
    this.untilRegistered = mayRegister ? OFTEN : 0;
  }

  /**
   * Has the kernel take what was published.
   *
   * @return the number taken, or minus an errno
   * @throws IllegalStateException if the ring was made disabled and is not enabled yet
   */
  public int enter(int toSubmit) {
    return call(toSubmit, 0, wakeFlag());
  }

  /**
   * Has the kernel take what was published and bring forth what it holds back, and waits until the
   * completion queue holds {@code minComplete} entries.
   *
   * @return the number taken, or minus an errno (EINTR, EAGAIN, EBUSY, EBADR …); look at the queue
   * @throws IllegalStateException if the ring was made disabled and is not enabled yet
   */
  public int enterForEvents(int toSubmit, int minComplete) {
    return call(toSubmit, minComplete, EVENTS | wakeFlag());
  }

  /** As {@link #enterForEvents(int, int)}, for so many nanoseconds at most. 5.11. */
  public int enterForEvents(int toSubmit, int minComplete, long nanoseconds) {
    countCall();
    TimedWait wait = timedWait;
    if (wait == null) {
      wait = ring.newTimedWait(fd, flags);
      timedWait = wait;
    }
    return wait.enter(toSubmit, minComplete, nanoseconds);
  }

  private int call(int toSubmit, int minComplete, int callFlags) {
    countCall();
    return LifeCycle.entered(UringCalls.enter(fd, toSubmit, minComplete, callFlags | flags));
  }

  private int wakeFlag() {
    return polledSubmission ? ring.wakeFlag().mask() : 0;
  }

  private void countCall() {
    if (untilRegistered > 0) {
      untilRegistered--;
      if (untilRegistered == 0) {
        register();
      }
    }
  }

  /** Before 5.18, on a restricted ring, and with 16 indices in use it stays as it is. */
  private void register() {
    int index = indices.register();
    if (index >= 0) {
      use(index, BY_INDEX);
    }
  }

  /** Gives the index back, if there is one, and registers no more. Allocates nothing. */
  public void giveBack() {
    untilRegistered = 0;
    if (flags != usualFlags) {
      int index = fd;
      use(usualFd, usualFlags);
      // If another thread has closed the ring meanwhile, it is given back with the next one.
      int unused = indices.giveBack(index);
    }
  }

  private void use(int newFd, int newFlags) {
    fd = newFd;
    flags = newFlags;
    timedWait = null;
  }
}
