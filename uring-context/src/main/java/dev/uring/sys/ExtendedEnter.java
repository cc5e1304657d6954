package dev.uring.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import org.jspecify.annotations.Nullable;

/**
 * {@code io_uring_enter(2)} with extended arguments, which is a {@code syscall} of seven words.
 *
 * <p>JNR-FFI's stubs end at six, and its general path builds an argument buffer a call. The
 * arguments of a wait repeat (the number to submit is small, the number to wait for is one), so the
 * buffers are built once and kept: a timed wait allocates nothing.
 *
 * <p>Not thread-safe: one object a waiting thread.
 */
public final class ExtendedEnter {
  private static final int PREPARED = 257;
  private static final CallContext CONTEXT =
      CallContext.getCallContext(
          Type.SLONG_LONG,
          new Type[] {
            Type.SLONG_LONG,
            Type.SLONG_LONG,
            Type.SLONG_LONG,
            Type.SLONG_LONG,
            Type.SLONG_LONG,
            Type.SLONG_LONG,
            Type.SLONG_LONG
          },
          CallingConvention.DEFAULT,
          true);
  private static final long FUNCTION = Library.getDefault().getSymbolAddress("syscall");

  private final @Nullable HeapInvocationBuffer[] waitForOne = new HeapInvocationBuffer[PREPARED];
  private final int fd;
  private final int flags;
  private final long argumentAddress;
  private final int argumentBytes;

  /**
   * A call that differs only in its two counts.
   *
   * @param fd the ring's descriptor, or its registered index if {@code flags} say so
   * @param flags the enter flags, EXT_ARG among them
   * @param argumentAddress of a {@code struct io_uring_getevents_arg}, which must outlive this
   * @param argumentBytes its size
   */
  public ExtendedEnter(int fd, int flags, long argumentAddress, int argumentBytes) {
    this.fd = fd;
    this.flags = flags;
    this.argumentAddress = argumentAddress;
    this.argumentBytes = argumentBytes;
  }

  /** Builds the buffers of all usual waits now, and loads what calling needs, instead of later. */
  public void prepare() {
    for (int toSubmit = 0; toSubmit < PREPARED; toSubmit++) {
      Object unused = arguments(toSubmit, 1);
    }
    int unused = call(0, 0);
  }

  /** Enters the kernel: the number submitted, or minus the errno. */
  public int call(int toSubmit, int minComplete) {
    long result =
        Invoker.getInstance().invokeLong(CONTEXT, FUNCTION, arguments(toSubmit, minComplete));
    return result == -1 ? -LastError.getInstance().get() : (int) result;
  }

  /**
   * One call of any shape; allocates.
   *
   * @param fd the ring's descriptor, or its registered index if {@code flags} say so
   * @param argument address of the extended argument, or its offset in a registered region
   * @return the number submitted, or minus the errno
   */
  public static int once(
      int fd, int toSubmit, int minComplete, int flags, long argument, int argumentBytes) {
    HeapInvocationBuffer buffer = build(fd, toSubmit, minComplete, flags, argument, argumentBytes);
    long result = Invoker.getInstance().invokeLong(CONTEXT, FUNCTION, buffer);
    return result == -1 ? -LastError.getInstance().get() : (int) result;
  }

  private HeapInvocationBuffer arguments(int toSubmit, int minComplete) {
    if (minComplete != 1 || toSubmit >= PREPARED) {
      return build(toSubmit, minComplete);
    }
    HeapInvocationBuffer prepared = waitForOne[toSubmit];
    if (prepared == null) {
      prepared = build(toSubmit, minComplete);
      waitForOne[toSubmit] = prepared;
    }
    return prepared;
  }

  private HeapInvocationBuffer build(int toSubmit, int minComplete) {
    return build(fd, toSubmit, minComplete, flags, argumentAddress, argumentBytes);
  }

  private static HeapInvocationBuffer build(
      int fd, int toSubmit, int minComplete, int flags, long argument, int argumentBytes) {
    HeapInvocationBuffer buffer = new HeapInvocationBuffer(CONTEXT);
    buffer.putLong(UringCalls.ENTER);
    buffer.putLong(fd);
    buffer.putLong(toSubmit);
    buffer.putLong(minComplete);
    buffer.putLong(flags);
    buffer.putLong(argument);
    buffer.putLong(argumentBytes);
    return buffer;
  }
}
