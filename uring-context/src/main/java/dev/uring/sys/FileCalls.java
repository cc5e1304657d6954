package dev.uring.sys;

import java.lang.ref.Reference;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * Files, devices and other things that have a descriptor.
 *
 * <p>Each method is the call of the same name in section 2 of the manual; the result is zero or
 * more, or minus the errno. Paths are bytes that end in NUL, see {@link NativePath}. None of them
 * repeats itself after {@code EINTR}.
 *
 * <p>{@code open}, {@code fcntl} and {@code ioctl} are variadic in C; on Linux x86-64 and aarch64
 * variadic integer and pointer arguments travel in the same registers as fixed ones.
 */
public final class FileCalls {
  /** {@code AT_FDCWD}: relative paths start at the working directory. */
  public static final int AT_FDCWD = -100;

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DSYNC = 0x1000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;

  public static final int F_GETFD = 1;
  public static final int FD_CLOEXEC = 1;
  public static final int F_DUPFD_CLOEXEC = 1030;
  public static final int F_ADD_SEALS = 1033;
  public static final int F_GET_SEALS = 1034;

  public static final int MFD_CLOEXEC = 1;
  public static final int MFD_ALLOW_SEALING = 2;
  public static final int EFD_SEMAPHORE = 1;
  public static final int CLOCK_MONOTONIC = 1;

  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  public static final int FALLOC_FL_KEEP_SIZE = 1;
  public static final int FALLOC_FL_PUNCH_HOLE = 2;
  public static final int FALLOC_FL_ZERO_RANGE = 0x10;

  public static final int LOCK_EX_NB = 2 | 4;

  private static final int ITIMERSPEC_SIZE = 32;

  private static final int MOST_PHANTOM = 256;

  private static final Binding C = NativeLibrary.bind(Binding.class);
  private static final Runtime RUNTIME = Runtime.getRuntime(C);

  private FileCalls() {}

  /** Opens a file: its descriptor. Callers pass {@link #O_CLOEXEC}. */
  public static int open(byte[] path, int flags, int mode) {
    return check(C.openat(AT_FDCWD, path, flags, mode));
  }

  /**
   * Closes a descriptor. Never repeat it: on Linux the number is free again even after an error.
   */
  public static int close(int fd) {
    return check(C.close(fd));
  }

  /** {@code fcntl} with an integer argument. */
  public static int fcntl(int fd, int command, int argument) {
    return check(C.fcntl(fd, command, argument));
  }

  /** {@code ioctl} that reads or writes {@code argument}. */
  public static int ioctl(int fd, long request, Pointer argument) {
    return (int) check(C.ioctl(fd, request, argument), argument);
  }

  /** Sets a file's length in bytes. */
  public static int ftruncate(int fd, long length) {
    return check(C.ftruncate(fd, length));
  }

  /** Allocates, punches or zeroes a range, by {@code mode}. */
  public static int fallocate(int fd, int mode, long offset, long length) {
    return check(C.fallocate(fd, mode, offset, length));
  }

  /**
   * Moves and returns the file position; with {@link #SEEK_DATA} or hole, where the next one is.
   */
  public static long lseek(int fd, long offset, int whence) {
    return NativeLibrary.check(RUNTIME, C.lseek(fd, offset, whence));
  }

  /** Reads at an offset: the number of bytes, 0 at the end. */
  public static long pread(int fd, Pointer memory, long length, long offset) {
    return check(C.pread(fd, memory, length, offset), memory);
  }

  /** Writes at an offset: the number of bytes, perhaps fewer than asked. */
  public static long pwrite(int fd, Pointer memory, long length, long offset) {
    return check(C.pwrite(fd, memory, length, offset), memory);
  }

  /** Reads from where the descriptor is: the number of bytes, 0 at the end. */
  static long read(int fd, Pointer memory, long length) {
    return check(C.read(fd, memory, length), memory);
  }

  /** Writes to where the descriptor is: the number of bytes, perhaps fewer than asked. */
  static long write(int fd, Pointer memory, long length) {
    return check(C.write(fd, memory, length), memory);
  }

  /** An anonymous file in memory. */
  public static int memfdCreate(byte[] name, int flags) {
    return check(C.memfd_create(name, flags));
  }

  /** A counter with a descriptor. Its flags share their values with {@code O_*}. */
  public static int eventfd(int initialValue, int flags) {
    return check(C.eventfd(initialValue, flags));
  }

  /** A timer with a descriptor. Its flags share their values with {@code O_*}. */
  public static int timerfdCreate(int clock, int flags) {
    return check(C.timerfd_create(clock, flags));
  }

  /**
   * Arms a timer relative to now; both zero disarms it.
   *
   * @param first nanoseconds until it expires first
   * @param interval nanoseconds between further expirations, 0 for none
   */
  public static int timerfdSettime(int fd, long first, long interval) {
    Pointer specification = allocate(ITIMERSPEC_SIZE);
    specification.putLong(0, interval / 1_000_000_000);
    specification.putLong(8, interval % 1_000_000_000);
    specification.putLong(16, first / 1_000_000_000);
    specification.putLong(24, first % 1_000_000_000);
    return (int) check(C.timerfd_settime(fd, 0, specification, null), specification);
  }

  /** Removes a name. */
  public static int unlink(byte[] path) {
    return check(C.unlink(path));
  }

  /** Sets the permission bits of what the descriptor stands for. */
  public static int fchmod(int fd, int mode) {
    return check(C.fchmod(fd, mode));
  }

  /** Sets the permission bits of what the path leads to, symbolic links followed. */
  public static int chmod(byte[] path, int mode) {
    return check(C.chmod(path, mode));
  }

  /** Takes or drops the one whole-file lock of {@code flock(2)}. */
  public static int flock(int fd, int operation) {
    return check(C.flock(fd, operation));
  }

  /**
   * Zeroed memory outside the heap, freed some time after the last reference to it.
   *
   * @param size in bytes; what is larger than 256 JNR-FFI frees in a finalizer, while that of
   *     another object may still bring the one that has it back
   */
  static Pointer allocate(int size) {
    if (size > MOST_PHANTOM) {
      throw new IllegalArgumentException(
          size + " bytes are freed in a finalizer: view memory that is not");
    }
    return Memory.allocateDirect(RUNTIME, size, true);
  }

  /** Memory of somebody else. */
  static Pointer wrap(long address) {
    return Pointer.wrap(RUNTIME, address);
  }

  /** As {@link #wrap(long)}, and nothing beyond it. */
  static Pointer wrap(long address, int size) {
    return Pointer.wrap(RUNTIME, address, size);
  }

  static int statx(int directory, byte[] path, int flags, int mask, Pointer result) {
    return (int) check(C.statx(directory, path, flags, mask, result), result);
  }

  static int fcntl(int fd, int command, Pointer argument) {
    return (int) check(C.fcntl(fd, command, argument), argument);
  }

  private static int check(int result) {
    return (int) NativeLibrary.check(RUNTIME, result);
  }

  /** Memory that only the call used must not be collected, and so freed, while the call runs. */
  private static long check(long result, Pointer held) {
    try {
      return NativeLibrary.check(RUNTIME, result);
    } finally {
      Reference.reachabilityFence(held);
    }
  }

  /** The functions of the C library. */
  public interface Binding {
    int openat(int directory, byte[] path, int flags, int mode);

    int close(int fd);

    int statx(int directory, byte[] path, int flags, int mask, Pointer result);

    int fcntl(int fd, int command, int argument);

    int fcntl(int fd, int command, Pointer argument);

    int ioctl(int fd, long request, Pointer argument);

    int ftruncate(int fd, long length);

    int fallocate(int fd, int mode, long offset, long length);

    long lseek(int fd, long offset, int whence);

    long pread(int fd, Pointer memory, long length, long offset);

    long pwrite(int fd, Pointer memory, long length, long offset);

    long read(int fd, Pointer memory, long length);

    long write(int fd, Pointer memory, long length);

    int memfd_create(byte[] name, int flags);

    int eventfd(int initialValue, int flags);

    int timerfd_create(int clock, int flags);

    int timerfd_settime(int fd, int flags, Pointer next, @Nullable Pointer previous);

    int unlink(byte[] path);

    int fchmod(int fd, int mode);

    int chmod(byte[] path, int mode);

    int flock(int fd, int operation);
  }
}
