package dev.uring.ring;

import dev.uring.ring.struct.RegisteredWait;
import dev.uring.ring.struct.WaitArguments;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;

/**
 * Arguments of waits in memory that the ring knows: {@link ExtendedWait#enter(int, int,
 * RegisteredWaits, int)} names one by its index. 6.13.
 *
 * <p>The kernel only reads this memory, and has pinned it: closing before the ring does no harm but
 * to later waits. The i-th is for one waiting thread at a time.
 */
public final class RegisteredWaits implements AutoCloseable {
  private final int count;
  private ByteBuffer memory;

  RegisteredWaits(ByteBuffer memory, int count) {
    this.memory = memory;
    this.count = count;
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** The wait ends after so many nanoseconds; below zero it has no end of its own. */
  public RegisteredWaits time(int index, long nanoseconds) {
    RegisteredWait.time(memory, checked(index), nanoseconds);
    return this;
  }

  /** Waits so long, in microseconds, before fewer completions than wanted are enough. */
  public RegisteredWaits minimumWait(int index, int microseconds) {
    if (microseconds < 0) {
      throw new IllegalArgumentException("a minimum wait is zero or more: " + microseconds);
    }
    RegisteredWait.minimumWait(memory, checked(index), microseconds);
    return this;
  }

  /** The signals that are blocked while waiting; signal n is bit n - 1. */
  public RegisteredWaits signalMask(int index, long mask) {
    int at = count * RegisteredWait.BYTES + checked(index) * WaitArguments.SIGNAL_MASK_BYTES;
    memory.putLong(at, mask);
    RegisteredWait.signalMask(memory, index, RawMemory.addressOf(memory) + at);
    return this;
  }

  /** Signals are blocked as they are without the wait. */
  public RegisteredWaits noSignalMask(int index) {
    RegisteredWait.signalMask(memory, checked(index), 0);
    return this;
  }

  /** Where the arguments lie in the region, in bytes. */
  int offset(int index) {
    return checked(index) * RegisteredWait.BYTES;
  }

  private int checked(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("wait " + index + " of " + count);
    }
    if (memory.capacity() == 0) {
      throw new IllegalStateException("the registered waits were closed");
    }
    return index;
  }

  @Override
  public void close() {
    if (memory.capacity() > 0) {
      ByteBuffer mapped = memory;
      memory = ByteBuffer.allocateDirect(0);
      UringCalls.unmap(RawMemory.addressOf(mapped), mapped.capacity());
    }
  }
}
