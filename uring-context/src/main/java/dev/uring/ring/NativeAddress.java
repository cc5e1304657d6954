package dev.uring.ring;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;

/** Addresses of byte buffers' memory, for entries and for the structs they point to. */
public final class NativeAddress {
  private NativeAddress() {}

  /**
   * The address of the first byte of a direct buffer, whatever its position. Good for as long as
   * the buffer is reachable.
   *
   * @throws IllegalArgumentException if the buffer lies in the heap
   */
  public static long of(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("a buffer in the heap has no address that stays");
    }
    return RawMemory.addressOf(buffer);
  }
}
