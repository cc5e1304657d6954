package dev.uring.virtio;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Memory between pages that nobody may touch: who reads or writes one byte too far in Java ends the
 * process, and the kernel fails with EFAULT.
 */
final class GuardedMemory {
  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int GUARD = 1 << 20;

  private static final C LIBRARY = LibraryLoader.create(C.class).load("c");

  private GuardedMemory() {}

  /** The functions of the C library. */
  public interface C {
    Pointer mmap(
        Pointer address, long length, int protection, int flags, int descriptor, long offset);

    int mprotect(Pointer address, long length, int protection);
  }

  /** Memory that is never given back: a test or two may have it. */
  static ByteBuffer allocate(int length) {
    Pointer whole = LIBRARY.mmap(null, length + 2L * GUARD, PROT_NONE, PRIVATE_ANONYMOUS, -1, 0);
    Pointer middle = Pointer.wrap(Runtime.getRuntime(LIBRARY), whole.address() + GUARD);
    if (LIBRARY.mprotect(middle, length, PROT_READ_WRITE) != 0) {
      throw new AssertionError("mprotect failed");
    }
    return RawMemory.view(middle.address(), length);
  }
}
