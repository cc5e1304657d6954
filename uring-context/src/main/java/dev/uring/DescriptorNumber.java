package dev.uring;

import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The number behind a {@link Descriptor} and who uses it.
 *
 * <p>It refers to no {@link Descriptor}, so that one which was dropped can be collected; {@link
 * #run} is what the cleaner then does.
 *
 * <p>Its value is twice the number of users, plus one once closed. The number is given back to the
 * operating system by whoever makes this {@link #CLOSED} with no user left, and that happens once:
 * after that nobody can become a user. It is the counter itself: one beside it is one thing more
 * that is cold after a wait, and so is a field updater, of whose checks compilers make calls.
 */
final class DescriptorNumber extends AtomicLong implements Runnable {
  private static final long serialVersionUID = 1;

  private static final Logger LOGGER = System.getLogger(Descriptor.class.getName());

  private static final long CLOSED = 1;
  private static final long USER = 2;

  private final int number;
  private final boolean owned;

  DescriptorNumber(int number, boolean owned) {
    this.number = number;
    this.owned = owned;
  }

  int acquire() {
    long before;
    do {
      before = get();
      if ((before & CLOSED) != 0) {
        throw new IllegalStateException("descriptor is closed");
      }
    } while (!compareAndSet(before, before + USER));
    return number;
  }

  void release() {
    long before;
    do {
      before = get();
      if (before < USER) {
        throw new IllegalStateException("descriptor released more often than acquired");
      }
    } while (!compareAndSet(before, before - USER));
    if (before == USER + CLOSED) {
      giveBack();
    }
  }

  /** Closes, once; the number goes back now or with its last user. */
  @Override
  public void run() {
    if (getAndUpdate(state -> state | CLOSED) == 0) {
      giveBack();
    }
  }

  /** Closes without giving the number back, which the caller does. */
  int surrender() {
    while (!compareAndSet(0, CLOSED)) {
      // Throws, unless the last user has just gone.
      checkIdle(get());
    }
    return number;
  }

  /** Refuses what {@link #surrender} would refuse now. */
  void checkIdle() {
    if (!owned) {
      throw new IllegalArgumentException(
          "a borrowed descriptor is its owner's to close: " + number);
    }
    checkIdle(get());
  }

  private static void checkIdle(long before) {
    if (before != 0) {
      throw new IllegalStateException(
          (before & CLOSED) != 0
              ? "descriptor is closed"
              : "descriptor is in use by requests in flight: let them complete, or use close()");
    }
  }

  boolean isClosed() {
    return (get() & CLOSED) != 0;
  }

  boolean hasUsers() {
    return get() >= USER;
  }

  int number() {
    return number;
  }

  boolean isOwned() {
    return owned;
  }

  /** The superclass can be written and read; but who reads one would close anybody's number. */
  private void readObject(ObjectInputStream unused) throws InvalidObjectException {
    throw new InvalidObjectException("a descriptor's number means nothing but where it was opened");
  }

  private void giveBack() {
    if (!owned) {
      return;
    }
    int result = FileCalls.close(number);
    // EINTR frees the number too on Linux. Nobody who releases a descriptor could act on an error,
    // and what was meant to be durable was flushed before: it is told, not thrown.
    if (result < 0 && result != -Errno.EINTR) {
      LOGGER.log(Level.WARNING, "close of descriptor {0}: {1}", number, Errno.description(-result));
    }
  }
}
