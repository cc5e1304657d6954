package dev.uring.sys;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * Files mapped into memory. Each method returns what the kernel returns, or minus the errno.
 *
 * <p>Sources: {@code mmap(2)} and {@code asm-generic/mman-common.h}.
 */
public final class MappingCalls {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;

  private static final Binding LIBRARY = NativeLibrary.bind(Binding.class);
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBRARY);

  private MappingCalls() {}

  /** What JNR-FFI implements; see the package documentation for the shapes that are safe. */
  public interface Binding {
    long mmap(
        @Nullable Pointer address, long length, int protection, int flags, int fd, long offset);

    int munmap(long address, long length);
  }

  /**
   * Maps a part of a file so that everybody who maps it sees the same bytes; its address.
   *
   * @param offset in bytes, a multiple of the page size
   */
  public static long share(int fd, long offset, long length) {
    return check(LIBRARY.mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset));
  }

  /**
   * Puts zeroed pages of nobody else in place of what was mapped there. The addresses stay valid;
   * what lay beneath is let go.
   */
  public static long exchange(long address, long length) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    Pointer place = Pointer.wrap(RUNTIME, address);
    return check(LIBRARY.mmap(place, length, PROT_READ | PROT_WRITE, flags, -1, 0));
  }

  /** Gives a mapping back. Nobody may hold a view of it any more. */
  public static int unmap(long address, long length) {
    return (int) check(LIBRARY.munmap(address, length));
  }

  /** Addresses may be beyond the range of positive numbers, so only -1 means an error. */
  private static long check(long result) {
    return result == -1 ? -RUNTIME.getLastError() : result;
  }
}
