package dev.uring.disk;

import dev.uring.Descriptor;
import dev.uring.OpenFileLocks;
import dev.uring.OpenFileLocks.Mode;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An image marked as in use, the way QEMU marks it, so that {@code qemu-img} and we notice each
 * other (QEMU's documentation of image locking, and its {@code block/file-posix.c}).
 *
 * <p>Each permission has two bytes of the file, which need not exist. Who uses a permission holds
 * the first one, who does not want others to use it holds the second one:
 *
 * <pre>
 *             consistent read   write   write unchanged   resize
 * in use            100          101          102           103
 * not shared        200          201          202           203
 * </pre>
 *
 * <p>All are locked <em>shared</em>, so that taking them never fails among those who keep to this:
 * what is in the way is found by asking afterwards, with a test for an exclusive lock, whether
 * anybody else holds the opposite byte. Two that start at the same moment may so both see each
 * other and both give up, but never both go on.
 *
 * <p>We use reading, and writing if the image is writable; what we do not share is writing and
 * resizing, as a QEMU guest's disk does not. Reading is shared, as QEMU does.
 *
 * <p>The locks belong to the open file and its duplicates: while a ring holds the file they last,
 * so {@link #close()} drops them by name. Not thread-safe.
 */
final class ImageLock implements AutoCloseable {
  private static final long USED = 100;
  private static final long UNSHARED = 200;

  /** What can be done to an image; the constants' places are the protocol's bit numbers. */
  private enum Permission {
    CONSISTENT_READ(0, "reads from it"),
    WRITE(1, "writes to it"),
    RESIZE(3, "may resize it");

    private final long used;
    private final long unshared;
    private final String activity;

    Permission(int bit, String activity) {
      this.used = USED + bit;
      this.unshared = UNSHARED + bit;
      this.activity = activity;
    }
  }

  private static final Set<Permission> NOT_SHARED = EnumSet.of(Permission.WRITE, Permission.RESIZE);

  private final OpenFileLocks locks;
  private final Set<Permission> uses;
  private boolean held;

  private ImageLock(Descriptor file, boolean writable) {
    this.locks = OpenFileLocks.of(file);
    this.uses =
        writable
            ? EnumSet.of(Permission.CONSISTENT_READ, Permission.WRITE)
            : EnumSet.of(Permission.CONSISTENT_READ);
  }

  /**
   * Marks an image as in use by us.
   *
   * @param file the image, open for reading; stays the caller's to close
   * @param writable whether it will be written to
   * @param patience how long to wait for who is in the way
   * @throws DiskException if somebody still is
   * @throws dev.uring.ring.UringException if the file system has no locks
   */
  static ImageLock take(Descriptor file, boolean writable, String name, Patience patience) {
    ImageLock lock = new ImageLock(file, writable);
    String obstacle = lock.attempt();
    while (obstacle != null && patience.pause()) {
      obstacle = lock.attempt();
    }
    if (obstacle != null) {
      throw DiskException.failure(
          name
              + " is in use: another program "
              + obstacle
              + "; stop that program"
              + (writable ? ", or serve a copy" : " or let it open the image read-only too"));
    }
    return lock;
  }

  /** Null if the locks are now held, else what another program does with the image. */
  private @Nullable String attempt() {
    boolean taken = false;
    try {
      String obstacle = lockAll() ? obstacle() : "has locked it for itself alone";
      taken = obstacle == null;
      return obstacle;
    } finally {
      held = taken;
      if (!taken) {
        unlockAll();
      }
    }
  }

  private boolean lockAll() {
    for (Permission permission : uses) {
      if (!locks.tryLock(Mode.SHARED, permission.used, 1)) {
        return false;
      }
    }
    for (Permission permission : NOT_SHARED) {
      if (!locks.tryLock(Mode.SHARED, permission.unshared, 1)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable String obstacle() {
    for (Permission permission : NOT_SHARED) {
      if (isHeldByOthers(permission.used)) {
        return permission.activity;
      }
    }
    for (Permission permission : uses) {
      if (isHeldByOthers(permission.unshared)) {
        return "has it open and lets nobody else " + verb(permission);
      }
    }
    return null;
  }

  private boolean isHeldByOthers(long offset) {
    return locks.test(Mode.EXCLUSIVE, offset, 1).isPresent();
  }

  private static String verb(Permission permission) {
    return permission == Permission.CONSISTENT_READ ? "read it" : "write to it";
  }

  private void unlockAll() {
    locks.unlock(USED, Permission.RESIZE.used - USED + 1);
    locks.unlock(UNSHARED, Permission.RESIZE.unshared - UNSHARED + 1);
  }

  /**
   * Gives the image free, while its descriptor is still open. A second call does nothing.
   *
   * @throws IllegalStateException if the descriptor was closed first
   */
  @Override
  public void close() {
    if (held) {
      held = false;
      unlockAll();
    }
  }
}
