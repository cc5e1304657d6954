package dev.uring.sys;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * The three system calls of io_uring, and those that map its memory.
 *
 * <p>Each returns what the kernel returns, or minus the errno. The call numbers are the same on
 * every architecture that got io_uring after the tables were unified, x86-64 and aarch64 included.
 */
public final class UringCalls {
  private static final int SETUP = 425;
  private static final int ENTER = 426;
  private static final int REGISTER = 427;

  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_POPULATE = 0x8000;
  private static final int MADV_DONTFORK = 10;

  private static final Binding LIBRARY = NativeLibrary.bind(Binding.class);
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBRARY);

  private UringCalls() {}

  static {
    // Loads what reading an errno takes now, not when a loop is first interrupted.
    int unused = RUNTIME.getLastError();
  }

  /** What JNR-FFI implements; see the package documentation for the shapes that are safe. */
  public interface Binding {
    long syscall(long number, long a, long b, long c, long d, @Nullable Pointer e);

    long syscall(long number, long a, long b, long c, long d, @Nullable Pointer e, long f);

    long mmap(
        @Nullable Pointer address, long length, int protection, int flags, int fd, long offset);

    int munmap(long address, long length);

    int madvise(long address, long length, int advice);

    int mprotect(long address, long length, int protection);

    int close(int fd);
  }

  /**
   * {@code io_uring_setup(2)}.
   *
   * @param parametersAddress of a {@code struct io_uring_params}, read and written
   */
  public static int setup(int entries, long parametersAddress) {
    // Made now, and not by the first wait, which may come at any depth and after doors are shut.
    boolean unused = EnterStub.MADE;
    return (int) check(LIBRARY.syscall(SETUP, entries, parametersAddress, 0, 0, null));
  }

  /** {@code io_uring_enter(2)} without a signal mask and without extended arguments. */
  public static int enter(int fd, int toSubmit, int minComplete, int flags) {
    return enter(fd, toSubmit, minComplete, flags, 0, 0);
  }

  /**
   * {@code io_uring_enter(2)}.
   *
   * @param argument address of an extended argument, or its offset in a registered region
   * @param argumentBytes its size
   */
  public static int enter(
      int fd, int toSubmit, int minComplete, int flags, long argument, int argumentBytes) {
    return EnterStub.MADE
        ? EnterStub.enter(fd, toSubmit, minComplete, flags, argument, argumentBytes)
        : enterByLibrary(fd, toSubmit, minComplete, flags, argument, argumentBytes);
  }

  /** By way of the C library; with an argument this allocates. */
  static int enterByLibrary(
      int fd, int toSubmit, int minComplete, int flags, long argument, int argumentBytes) {
    // Beyond six words JNR-FFI has no stubs: its general path takes twice as long.
    return (int)
        check(
            argument == 0 && argumentBytes == 0
                ? LIBRARY.syscall(ENTER, fd, toSubmit, minComplete, flags, null)
                : LIBRARY.syscall(
                    ENTER,
                    fd,
                    toSubmit,
                    minComplete,
                    flags,
                    Pointer.wrap(RUNTIME, argument),
                    argumentBytes));
  }

  /** {@code io_uring_register(2)}. */
  public static int register(int fd, int opcode, long argumentAddress, int count) {
    return (int) check(LIBRARY.syscall(REGISTER, fd, opcode, argumentAddress, count, null));
  }

  /**
   * Maps a part of a ring, populated, and kept out of child processes: a child that wrote to the
   * ring's memory would corrupt the parent's.
   */
  public static long mapRing(int fd, long length, long offset) {
    long address =
        check(LIBRARY.mmap(null, length, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset));
    if (address < 0) {
      return address;
    }
    long advised = check(LIBRARY.madvise(address, length, MADV_DONTFORK));
    if (advised < 0) {
      unmap(address, length);
      return advised;
    }
    return address;
  }

  /** Maps zeroed, private, page-aligned memory. */
  public static long mapAnonymous(long length) {
    return check(LIBRARY.mmap(null, length, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }

  /** Makes mapped memory executable, and no longer writable. */
  static int makeExecutable(long address, long length) {
    return (int) check(LIBRARY.mprotect(address, length, PROT_READ_EXECUTE));
  }

  /** Gives a mapping back. */
  public static int unmap(long address, long length) {
    return (int) check(LIBRARY.munmap(address, length));
  }

  /** {@code close(2)}; never repeated after EINTR, since the number is free all the same. */
  public static int close(int fd) {
    return (int) check(LIBRARY.close(fd));
  }

  private static long check(long result) {
    return result == -1 ? -RUNTIME.getLastError() : result;
  }
}
