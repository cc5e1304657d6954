package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import dev.uring.sys.RangeLock;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Byte-range locks of an open file description ({@code F_OFD_SETLK}, kernel 3.15, {@code
 * fcntl(2)}).
 *
 * <p>They belong to the open file, not to the process: two openings of one file conflict within a
 * process too, a duplicate shares them, and they end with the last descriptor, ring slot or mapping
 * of that opening or with {@link #unlock}. They are advisory, and locks are files' own: a range may
 * lie beyond the end of the file. Nothing here waits. Any thread may call.
 */
public final class OpenFileLocks {
  private final Descriptor file;

  private OpenFileLocks(Descriptor file) {
    this.file = file;
  }

  /** The locks of an open file. The descriptor stays the caller's to close. */
  public static OpenFileLocks of(Descriptor file) {
    return new OpenFileLocks(Objects.requireNonNull(file, "file"));
  }

  /** How a range is held. */
  public enum Mode {
    /** With others that are shared too; the file must be open for reading. */
    SHARED(RangeLock.F_RDLCK),
    /** Alone; the file must be open for writing. */
    EXCLUSIVE(RangeLock.F_WRLCK);

    private final short type;

    Mode(short type) {
      this.type = type;
    }
  }

  /**
   * Somebody else's lock.
   *
   * @param mode how it is held
   * @param offset its first byte
   * @param length how many bytes, 0 for all to the greatest offset
   * @param process the holder, if it is a process; empty if it is an open file
   */
  public record Holder(Mode mode, long offset, long length, OptionalInt process) {}

  /**
   * Takes a range, or changes how it is held, if nobody else is in the way.
   *
   * @param mode shared or exclusive
   * @param offset the first byte, 0 or more
   * @param length how many bytes, 0 for all to the greatest offset
   * @return whether it is now held
   * @throws UringException if the kernel refuses for another reason: {@code EBADF} for a file that
   *     is not open in the mode's direction, {@code ENOLCK} without room for locks
   * @throws IllegalArgumentException if the range is negative or too far
   * @throws IllegalStateException if the descriptor is closed
   */
  public boolean tryLock(Mode mode, long offset, long length) {
    int result = set(mode.type, offset, length);
    if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
      return false;
    }
    check("fcntl(F_OFD_SETLK)", result);
    return true;
  }

  /**
   * Drops whatever this open file holds in a range.
   *
   * @param offset the first byte, 0 or more
   * @param length how many bytes, 0 for all to the greatest offset
   * @throws UringException if the kernel refuses
   * @throws IllegalArgumentException if the range is negative or too far
   * @throws IllegalStateException if the descriptor is closed
   */
  public void unlock(long offset, long length) {
    check("fcntl(F_OFD_SETLK, F_UNLCK)", set(RangeLock.F_UNLCK, offset, length));
  }

  /**
   * Who would be in the way of {@link #tryLock}, without taking anything. The answer may be old
   * before it is read.
   *
   * @param mode shared or exclusive; unlike for taking, the file's own direction does not matter
   * @param offset the first byte, 0 or more
   * @param length how many bytes, 0 for all to the greatest offset
   * @return one of those in the way, or empty
   * @throws UringException if the kernel refuses
   * @throws IllegalArgumentException if the range is negative or too far
   * @throws IllegalStateException if the descriptor is closed
   */
  public Optional<Holder> test(Mode mode, long offset, long length) {
    RangeLock lock = range(mode.type, offset, length);
    int fd = file.acquire();
    try {
      check("fcntl(F_OFD_GETLK)", lock.test(fd));
    } finally {
      file.release();
    }
    if (lock.type() == RangeLock.F_UNLCK) {
      return Optional.empty();
    }
    return Optional.of(
        new Holder(
            lock.type() == RangeLock.F_WRLCK ? Mode.EXCLUSIVE : Mode.SHARED,
            lock.start(),
            lock.length(),
            lock.process() < 0 ? OptionalInt.empty() : OptionalInt.of(lock.process())));
  }

  private int set(short type, long offset, long length) {
    RangeLock lock = range(type, offset, length);
    int fd = file.acquire();
    try {
      return (int) Calls.uninterrupted(() -> lock.set(fd));
    } finally {
      file.release();
    }
  }

  private static RangeLock range(short type, long offset, long length) {
    if (offset < 0 || length < 0 || length > Long.MAX_VALUE - offset) {
      throw new IllegalArgumentException(
          "no range of a file: " + length + " bytes from offset " + offset);
    }
    return new RangeLock(type, offset, length);
  }

  private void check(String call, int result) {
    Calls.check(call + " on " + file.description(), result, OpenFileLocks::remedy);
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.EBADF ->
          "a shared lock needs a file open for reading, an exclusive one for writing";
      case Errno.ENOLCK -> "the file system has no locks; on NFS its lock service must run";
      case Errno.EINVAL -> "the file system or the kernel has no locks of open files (Linux 3.15)";
      default -> "";
    };
  }
}
