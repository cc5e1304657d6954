package dev.uring.sys;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.NativeMethod;
import com.kenai.jffi.NativeMethods;
import java.util.HexFormat;
import java.util.List;

/**
 * {@code io_uring_enter(2)} as a native method that is nothing but the system call.
 *
 * <p>By way of the C library a call goes through a stub of JNR-FFI's, {@code syscall(3)} and the
 * saving of errno: pages and returns that are cold after each system call. Without them a call
 * costs what it costs in C (on one machine an empty one takes 1,000 ns in C and so, and 1,080 to
 * 1,200 by way of the library; on another 110 in C and 129 by way of the library), and all six
 * arguments cost no more than four). The code is written into a page of this process's own, which
 * then becomes executable and is never written again; it lasts as long as the process.
 *
 * <p>Where the page is refused, on other processors than x86-64, and where the system property
 * {@value #PROPERTY} says so, {@link #MADE} is false, and calls go by way of the C library.
 */
final class EnterStub {
  /** The system property that does without, if it says {@code false}. */
  static final String PROPERTY = "dev.uring.enterStub";

  private static final long NOT_MADE = -1;

  /**
   * From where the Java virtual machine puts the arguments of a native method (System V AMD64,
   * behind its own two) to where the kernel wants those of a system call. The kernel answers with a
   * result or minus an errno, which is what this returns.
   */
  private static final byte[] CODE_X86_64 =
      HexFormat.of()
          .parseHex(
              "89d7" // mov edi, edx             fd
                  + "89ce" // mov esi, ecx       to_submit
                  + "4489c2" // mov edx, r8d     min_complete
                  + "4589ca" // mov r10d, r9d    flags
                  + "4c8b442408" // mov r8, [rsp + 8]     argp
                  + "4c8b4c2410" // mov r9, [rsp + 16]    argsz
                  + "b8aa010000" // mov eax, 426
                  + "0f05" // syscall
                  + "c3"); // ret

  /** Whether {@link #enter} may be called. */
  static final boolean MADE;

  private static final long ADDRESS;

  static {
    ADDRESS = make();
    MADE = ADDRESS >= 0;
  }

  private EnterStub() {}

  /**
   * Enters the kernel: the number submitted, or minus the errno.
   *
   * @param argument address of a signal mask or of an extended argument, its offset in a registered
   *     region, or zero, as the flags say
   */
  static native int enter(
      int fd, int toSubmit, int minComplete, int flags, long argument, long argumentBytes);

  /** The address of the code, or less than zero. Whatever is in the way: there is another way. */
  private static long make() {
    if (!Boolean.parseBoolean(System.getProperty(PROPERTY, "true")) || !Abi.X86_64.isCurrent()) {
      return NOT_MADE;
    }
    int page = RawMemory.pageSize();
    long address = UringCalls.mapAnonymous(page);
    if (address < 0) {
      return NOT_MADE;
    }
    boolean made = false;
    try {
      MemoryIO.getInstance().putByteArray(address, CODE_X86_64, 0, CODE_X86_64.length);
      if (UringCalls.makeExecutable(address, page) >= 0) {
        NativeMethods.register(
            EnterStub.class, List.of(new NativeMethod(address, "enter", "(IIIIJJ)I")));
        made = true;
      }
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      // Not registered, so called by nobody: calls go by way of the C library.
    } finally {
      if (!made) {
        int unused = UringCalls.unmap(address, page);
      }
    }
    return made ? address : NOT_MADE;
  }

  static long address() {
    return ADDRESS;
  }
}
