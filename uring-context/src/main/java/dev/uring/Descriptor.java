package dev.uring;

import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import dev.uring.sys.Statx;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * A descriptor of the operating system that cannot be reused beneath a request.
 *
 * <p>A number that is closed while a request which names it waits to be submitted may by then be
 * another file. So each such request counts as a user, and {@link #close()} only forbids new ones:
 * the number goes back to the operating system with its last user. A descriptor that is dropped
 * without being closed is closed some time after the garbage collector has noticed, which is a
 * safety net and no more.
 *
 * <p>Any thread may call any method. Nothing made here is inherited by a child process ({@code
 * O_CLOEXEC}).
 */
public final class Descriptor implements Target, AutoCloseable {
  /** Permission bits of a file that {@link #open} makes, before the process's umask. */
  private static final int DEFAULT_MODE = 0666;

  private static final int PERMISSION_BITS = 07777;
  private static final int MEMORY_NAME_MAXIMUM = 249;
  private static final Cleaner CLEANER = Cleaner.create();

  private final DescriptorNumber number;
  private final String description;
  private final Cleaner.Cleanable cleanable;

  private Descriptor(int number, boolean owned, String description) {
    this.number = new DescriptorNumber(number, owned);
    this.description = description;
    this.cleanable = CLEANER.register(this, this.number);
  }

  /** Takes ownership of a number that the kernel has just made. */
  static Descriptor own(int number, String description) {
    return new Descriptor(number, true, description);
  }

  /**
   * Opens a file, with the permissions 0666 less the umask if it is made.
   *
   * @param path the file; symbolic links are followed unless a flag forbids it
   * @param flags {@link OpenFlag#READ}, {@link OpenFlag#WRITE} or both, and any others
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalArgumentException if it shall be opened neither for reading nor for writing, or
   *     the path cannot be encoded or has a NUL
   */
  public static Descriptor open(Path path, OpenFlag... flags) {
    Set<OpenFlag> set = EnumSet.noneOf(OpenFlag.class);
    set.addAll(Arrays.asList(flags));
    return open(path, DEFAULT_MODE, set);
  }

  /**
   * Opens a file.
   *
   * @param path the file; symbolic links are followed unless a flag forbids it
   * @param mode permission bits, less the umask, if the file is made: 0 to 07777
   * @param flags {@link OpenFlag#READ}, {@link OpenFlag#WRITE} or both, and any others
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalArgumentException if it shall be opened neither for reading nor for writing,
   *     {@code mode} has other bits, or the path cannot be encoded or has a NUL
   */
  public static Descriptor open(Path path, int mode, Set<OpenFlag> flags) {
    if ((mode & ~PERMISSION_BITS) != 0) {
      throw new IllegalArgumentException("mode is not of permission bits: " + mode);
    }
    byte[] name = NativePath.bytes(path);
    int all = FileCalls.O_CLOEXEC | openBits(flags);
    long result = Calls.uninterrupted(() -> FileCalls.open(name, all, mode));
    Calls.check("open " + path, result, Calls::descriptorRemedy);
    return own((int) result, path.toString());
  }

  /** The {@code O_*} bits, without close-on-exec. */
  static int openBits(Set<OpenFlag> flags) {
    int bits = accessMode(flags);
    for (OpenFlag flag : flags) {
      bits |= flag.bits();
    }
    return bits;
  }

  private static int accessMode(Set<OpenFlag> flags) {
    boolean write = flags.contains(OpenFlag.WRITE);
    if (flags.contains(OpenFlag.READ)) {
      return write ? FileCalls.O_RDWR : FileCalls.O_RDONLY;
    }
    if (!write) {
      throw new IllegalArgumentException("a file is opened to READ, to WRITE, or both");
    }
    return FileCalls.O_WRONLY;
  }

  /**
   * A descriptor that somebody else owns, such as one that was inherited.
   *
   * <p>The caller vouches that the number stays open, and stays the same file, until this object is
   * closed and every request that used it has completed. Closing this object never closes the
   * number. This is the one method of the package with which a caller can let a request reach
   * another file than the one meant.
   *
   * @param number the number, 0 or more
   * @throws dev.uring.ring.UringException with {@code EBADF} if no such descriptor is open
   * @throws IllegalArgumentException if it is negative
   */
  public static Descriptor borrow(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("descriptor is negative: " + number);
    }
    Calls.check("fcntl(" + number + ")", FileCalls.fcntl(number, FileCalls.F_GETFD, 0));
    return new Descriptor(number, false, "borrowed");
  }

  /**
   * One that polls readable while completions of a context wait, for a loop of another kind: {@code
   * poll(2)}, {@code epoll(7)}, or another context's {@link URingContext#addPollFd}. It is the
   * caller's to close; it outlives the context, and then says nothing any more. Of what a handler
   * that threw has left it tells from Linux 5.18 on; before, that comes with the next completions.
   *
   * <p>Of a {@linkplain ContextBuilder#confined confined} context, but for one with {@linkplain
   * ContextBuilder#polledSubmission polled submission}, it is an eventfd, registered with the ring
   * ({@code IORING_REGISTER_EVENTFD}): only to be polled, by whomever. The context sets it right
   * whenever its owner leaves an await, a poll or a submit, which then takes one or two system
   * calls more. With an allowlist that does not permit that register call it is to be had before
   * the context is enabled.
   *
   * @throws IllegalStateException if the context is closed, or confined to another thread
   * @throws dev.uring.ring.UringException if the kernel refuses, {@code EMFILE} with too many open,
   *     {@code EACCES} where the allowlist does not permit it
   */
  public static Descriptor ofCompletions(URingContext context) {
    return context.core().watch().descriptor();
  }

  /**
   * A counter that a read waits for and a write adds to ({@code eventfd(2)}): 8 bytes each, in the
   * machine's order. A read sets it to zero.
   *
   * @param initialValue what it starts from, 0 or more
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalArgumentException if the value is negative
   */
  public static Descriptor eventFd(int initialValue) {
    if (initialValue < 0) {
      throw new IllegalArgumentException("initial value is negative: " + initialValue);
    }
    return made("eventfd", FileCalls.eventfd(initialValue, FileCalls.O_CLOEXEC));
  }

  /**
   * A timer on the monotonic clock whose reads give the number of expirations since the last
   * ({@code timerfd_create(2)}): 8 bytes, in the machine's order.
   *
   * @param first how long from now until it expires first; zero leaves it disarmed
   * @param interval how long between further expirations; zero for none
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalArgumentException if one is negative or longer than 292 years
   */
  public static Descriptor timerFd(Duration first, Duration interval) {
    long firstNanos = nanoseconds(first);
    long intervalNanos = nanoseconds(interval);
    Descriptor timer =
        made("timerfd", FileCalls.timerfdCreate(FileCalls.CLOCK_MONOTONIC, FileCalls.O_CLOEXEC));
    try {
      timer.setTimer(firstNanos, intervalNanos);
      return timer;
    } catch (RuntimeException e) {
      timer.close();
      throw e;
    }
  }

  private static long nanoseconds(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("duration is negative: " + duration);
    }
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("duration is longer than 292 years: " + duration, e);
    }
  }

  private void setTimer(long first, long interval) {
    int fd = acquire();
    try {
      Calls.check("timerfd_settime", FileCalls.timerfdSettime(fd, first, interval));
    } finally {
      release();
    }
  }

  /**
   * A file that lives in memory for as long as something refers to it ({@code memfd_create(2)}).
   * Seals can be added to it.
   *
   * @param name shown under {@code /proc}, at most 249 bytes; need not be unique
   * @param size its length in bytes, 0 or more; it is sparse
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalArgumentException if the name is too long, cannot be encoded or has a NUL, or
   *     the size is negative
   */
  public static Descriptor memFd(String name, long size) {
    requireLength(size);
    byte[] bytes = NativePath.bytes(name);
    if (bytes.length > MEMORY_NAME_MAXIMUM + 1) {
      throw new IllegalArgumentException(
          "name is longer than " + MEMORY_NAME_MAXIMUM + " bytes: " + name);
    }
    int flags = FileCalls.MFD_CLOEXEC | FileCalls.MFD_ALLOW_SEALING;
    Descriptor memory = made("memfd " + name, FileCalls.memfdCreate(bytes, flags));
    try {
      memory.truncate(size);
      return memory;
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private static Descriptor made(String what, int result) {
    Calls.check(what, result, Calls::descriptorRemedy);
    return own(result, what);
  }

  /**
   * A second descriptor of the same open file: position, flags and locks are shared, lifetimes are
   * not.
   *
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalStateException if this one is closed
   */
  public Descriptor duplicate() {
    int fd = acquire();
    try {
      return own(
          (int)
              Calls.check(
                  "fcntl(F_DUPFD_CLOEXEC)",
                  FileCalls.fcntl(fd, FileCalls.F_DUPFD_CLOEXEC, 0),
                  Calls::descriptorRemedy),
          description);
    } finally {
      release();
    }
  }

  /**
   * Another opening of the same file, by whatever name it has now or none: position, flags and
   * locks are its own, and so is what the kernel reports of failed write-backs. Needs {@code
   * /proc}.
   *
   * @param flags as for {@link #open}
   * @throws dev.uring.ring.UringException if the kernel refuses, {@code ENXIO} for a socket
   * @throws IllegalArgumentException if it shall be opened neither for reading nor for writing
   * @throws IllegalStateException if this is closed
   */
  public Descriptor reopen(Set<OpenFlag> flags) {
    int fd = acquire();
    try {
      return open(Path.of("/proc/self/fd/" + fd), DEFAULT_MODE, flags);
    } finally {
      release();
    }
  }

  /**
   * What the file is now. May wait for the file system.
   *
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalStateException if this is closed
   */
  public FileStatus status() {
    Statx statx = new Statx();
    int fd = acquire();
    try {
      Calls.check("statx of " + description, statx.ofDescriptor(fd));
    } finally {
      release();
    }
    return new FileStatus(statx);
  }

  /**
   * Sets the file's length; what is added reads as zeros and takes no room. May wait for the file
   * system.
   *
   * @param length in bytes, 0 or more
   * @throws dev.uring.ring.UringException if the kernel refuses, {@code EINVAL} if this is not a
   *     regular file open for writing
   * @throws IllegalArgumentException if the length is negative
   * @throws IllegalStateException if this is closed
   */
  public void truncate(long length) {
    requireLength(length);
    int fd = acquire();
    try {
      long result = Calls.uninterrupted(() -> FileCalls.ftruncate(fd, length));
      Calls.check("ftruncate of " + description, result, Descriptor::truncateRemedy);
    } finally {
      release();
    }
  }

  private static String truncateRemedy(int errno) {
    return errno == Errno.EFBIG
        ? "the length is beyond what the file system or RLIMIT_FSIZE (ulimit -f) allows"
        : "";
  }

  private static void requireLength(long length) {
    if (length < 0) {
      throw new IllegalArgumentException("length is negative: " + length);
    }
  }

  /**
   * Becomes a user of the number, which stays open until {@link #release()}. Who holds a use must
   * hold this object too, or the number stays open for ever.
   *
   * @throws IllegalStateException if this is closed
   */
  int acquire() {
    return number.acquire();
  }

  /** Ends one use; closes the number if it was the last one and this has been closed. */
  void release() {
    number.release();
  }

  /**
   * Refuses to be {@linkplain #surrender surrendered} where it cannot be.
   *
   * @throws IllegalStateException if this is closed or has users
   * @throws IllegalArgumentException if the number is borrowed
   */
  void checkIdle() {
    number.checkIdle();
  }

  /**
   * Closes this without giving the number back, which is then the caller's to do.
   *
   * @throws IllegalStateException if this is closed or has users
   */
  int surrender() {
    return number.surrender();
  }

  /** Whether {@link #close()} was called. The number may still be open for its last users. */
  public boolean isClosed() {
    return number.isClosed();
  }

  /**
   * Forbids new uses, and closes the number now or when its last user is done. A second call does
   * nothing. A borrowed number is never closed. An error of {@code close(2)} is logged, not thrown:
   * what has to be durable is synced before.
   */
  @Override
  public void close() {
    cleanable.clean();
  }

  /** What this was opened as, for messages. */
  String description() {
    return description;
  }

  @Override
  public String toString() {
    String state = isClosed() ? number.hasUsers() ? ", closed but in use" : ", closed" : "";
    return "Descriptor[" + number.number() + " (" + description + ")" + state + "]";
  }
}
