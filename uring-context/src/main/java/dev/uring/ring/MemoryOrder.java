package dev.uring.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * How this process and the kernel take turns on shared memory: all of it, in one place.
 *
 * <pre>
 *            submission queue                         completion queue
 *   we:      fill entries, then release the tail      acquire the tail, copy entries out,
 *            acquire the head to learn of room        then release the head
 *   kernel:  acquires the tail, copies entries,       fills entries, then releases the tail
 *            releases the head
 * </pre>
 *
 * <p>Indices are unsigned 32-bit counters that wrap; they are compared by difference and masked
 * only when they index. Two further rules:
 *
 * <ul>
 *   <li>With a kernel thread that polls the submission queue, our tail store and our load of the
 *       flags may not change places, or both sides sleep: {@link #fullFence} stands between them.
 *       Release and acquire alone permit that exchange, on x86 too.
 *   <li>Several reapers claim completions by moving the head with compare-and-set. What they copied
 *       before is theirs only if that succeeds: until then the head, and so the kernel's permission
 *       to overwrite the entries, has not moved.
 * </ul>
 *
 * <p>An acquire is a load with a fence behind it, a release a store with one in front, which is no
 * instruction on x86: by a variable handle each is six instructions more of some twelve, and so
 * many calls within calls that compilers give up to follow them (another 26 instructions). A load
 * of an aligned int of a direct buffer in native order is one access, and none is moved over a
 * fence.
 *
 * <p>From {@code io_uring(7)} and the kernel's {@code io_uring.c}.
 */
final class MemoryOrder {
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final VarHandle SHORT =
      MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.nativeOrder());

  private MemoryOrder() {}

  /** Reads anew each time; everything the kernel wrote before it released this is visible after. */
  static int acquire(IntBuffer shared, int index) {
    int value = shared.get(index);
    VarHandle.acquireFence();
    return value;
  }

  /** Everything written before is visible to whoever acquires {@code value}. */
  static void release(IntBuffer shared, int index, int value) {
    VarHandle.releaseFence();
    shared.put(index, value);
  }

  /** As {@link #release}, for the tail of a ring of provided buffers, which has 16 bits. */
  static void releaseShort(ByteBuffer shared, int offset, short value) {
    SHORT.setRelease(shared, offset, value);
  }

  /** Moves a head from {@code expected} to {@code next} unless another reaper was there first. */
  static boolean claim(ByteBuffer shared, int offset, int expected, int next) {
    return INT.compareAndSet(shared, offset, expected, next);
  }

  /** Between the tail store and the load of the flags on a ring with a polling kernel thread. */
  static void fullFence() {
    VarHandle.fullFence();
  }
}
