package dev.uring.sys;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.PageManager;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory seen through byte buffers.
 *
 * <p>A buffer over memory that was unmapped crashes the process when touched: whoever unmaps makes
 * the buffer unreachable first.
 */
public final class RawMemory {
  private static final MemoryIO IO = MemoryIO.getInstance();

  private RawMemory() {}

  /** A view of {@code length} bytes at {@code address}, in the machine's byte order. */
  public static ByteBuffer view(long address, int length) {
    return IO.newDirectByteBuffer(address, length).order(ByteOrder.nativeOrder());
  }

  /** The address of the first byte of a direct buffer, whatever its position. */
  public static long addressOf(Buffer direct) {
    return IO.getDirectBufferAddress(direct);
  }

  /** The bytes in a page of memory. */
  public static int pageSize() {
    return (int) PageManager.getInstance().pageSize();
  }
}
