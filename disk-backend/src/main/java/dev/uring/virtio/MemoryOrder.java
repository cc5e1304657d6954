package dev.uring.virtio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a driver and this device take turns on a split virtqueue: all of it, in one place.
 *
 * <pre>
 *            available ring                         used ring
 *   driver:  fills descriptors and the ring,        acquires the index, reads elements
 *            then releases the index
 *   device:  acquires the index, reads the ring     fills memory and elements,
 *            and descriptors                        then releases the index
 * </pre>
 *
 * <p>Either side may ask not to be told of news, and here acquire and release are not enough: who
 * stores his news and then loads the other's wish, and who stores his wish and then looks for news
 * once more, may not have the two change places, or both sleep. {@link #fullFence} stands between
 * them on both ways (2.7.7, 2.7.10 and 2.7.13.4.1).
 *
 * <p>Indices are 16-bit counters that wrap.
 *
 * <p>Stores are plain ones behind fences, not those of a {@link VarHandle}: where those are not
 * compiled yet, HotSpot makes them with an instruction (xchg of 16 bits) that it cannot skip when
 * the memory is gone, and the process dies. An aligned plain store is one instruction, and what the
 * driver must see soon is followed by a fence or a system call.
 */
final class MemoryOrder {
  private static final VarHandle SHORT =
      MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private MemoryOrder() {}

  /** Everything the driver wrote before it released this index is visible after. */
  static int acquire(ByteBuffer shared, int offset) {
    return Short.toUnsignedInt((short) SHORT.getAcquire(shared, offset));
  }

  /**
   * Everything written before is visible to a driver that acquires this index.
   *
   * @param shared in little-endian order
   */
  static void release(ByteBuffer shared, int offset, int value) {
    VarHandle.releaseFence();
    shared.putShort(offset, (short) value);
  }

  /** A wish of the driver, which orders nothing but must be read anew each time. */
  static int opaque(ByteBuffer shared, int offset) {
    return Short.toUnsignedInt((short) SHORT.getOpaque(shared, offset));
  }

  /**
   * A wish of ours, which orders nothing.
   *
   * @param shared in little-endian order
   */
  static void setOpaque(ByteBuffer shared, int offset, int value) {
    shared.putShort(offset, (short) value);
  }

  /** Between one's own store and the load of what the other side stored. */
  static void fullFence() {
    VarHandle.fullFence();
  }
}
