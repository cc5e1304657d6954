package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two cooperating processes or threads from changing a directory at the same moment, by
 * {@code flock(2)} on the directory itself, which leaves no file behind.
 */
final class DirectoryLock {
  private static final long PAUSE_MILLISECONDS = 5;

  private DirectoryLock() {}

  /**
   * Takes the lock; closing the result gives it back.
   *
   * @param patience how long to try: anybody who may read the directory can hold its lock, and must
   *     not be able to stop others with it
   * @return null if it could not be had, because the directory cannot be read, its file system has
   *     no locks, or somebody holds it for longer than {@code patience}
   */
  static @Nullable Descriptor take(Path directory, Duration patience) {
    Descriptor descriptor;
    try {
      descriptor = Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY);
    } catch (UringException e) {
      // What matters of it (no directory, no permission) is told by the change that follows.
      return null;
    }
    long end = System.nanoTime() + patience.toNanos();
    int fd = descriptor.acquire();
    try {
      long result = lock(fd);
      while (result == -Errno.EAGAIN && System.nanoTime() - end < 0 && pause()) {
        result = lock(fd);
      }
      if (result >= 0) {
        return descriptor;
      }
    } finally {
      descriptor.release();
    }
    descriptor.close();
    return null;
  }

  private static long lock(int fd) {
    return Calls.uninterrupted(() -> FileCalls.flock(fd, FileCalls.LOCK_EX_NB));
  }

  private static boolean pause() {
    try {
      Thread.sleep(PAUSE_MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
