package dev.uring.ring;

import dev.uring.ring.struct.ProvidedBuffer;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;

/**
 * A ring of provided buffers: this side fills in where there is memory, the kernel takes it, and a
 * completion says which ({@link CompletionFlags#bufferId}). The same memory is given again with
 * {@link #add} when it has been read.
 *
 * <p>The memory behind the entries is the caller's to keep until the kernel has no use for it:
 * until {@link #close} and the last completion of every request that may use the group. The ring
 * itself is this object's. For one thread at a time; {@link #close} before the ring is closed, or
 * after.
 */
public final class ProvidedBuffers implements AutoCloseable {
  private static final int TAIL_MASK = 0xffff;

  private final BufferRings rings;
  private final BufferGroup group;
  private final int mask;
  private ByteBuffer memory;
  private int tail;
  private boolean closed;

  ProvidedBuffers(BufferRings rings, BufferGroup group, ByteBuffer memory, int entries) {
    this.rings = rings;
    this.group = group;
    this.memory = memory;
    this.mask = entries - 1;
  }

  /** The group that requests name. */
  public BufferGroup group() {
    return group;
  }

  /** The number of entries. */
  public int capacity() {
    return mask + 1;
  }

  /**
   * Fills in the next entry; {@link #publish} shows it to the kernel. Filling more than the kernel
   * has room for overwrites what it has not taken: who does not know asks {@link #available}.
   *
   * @param address of the memory
   * @param length in bytes, above zero
   * @param id what the completion says, 0 to 65,535, the caller's choice
   */
  public ProvidedBuffers add(long address, int length, int id) {
    if (length < 1 || id < 0 || id > 0xffff) {
      throw new IllegalArgumentException(
          "a buffer has a length of at least 1, not "
              + length
              + ", and a number from 0 to 65535, not "
              + id);
    }
    ProvidedBuffer.fill(memory, tail & mask, address, length, id);
    tail++;
    return this;
  }

  /** Shows the kernel everything that was added. */
  public void publish() {
    MemoryOrder.releaseShort(memory, ProvidedBuffer.TAIL, (short) tail);
  }

  /**
   * How many buffers the kernel can still take, of those published and added. 6.8.
   *
   * @throws UringException as {@link BufferRings#head}
   */
  public int available() {
    return (tail - rings.head(group)) & TAIL_MASK;
  }

  /** Unregisters the group, if the ring is open, and frees the ring's memory. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    // The group may be unregistered already, and then that is what was wanted.
    int unused = rings.tryUnregister(group);
    ByteBuffer mapped = memory;
    memory = ByteBuffer.allocateDirect(0);
    UringCalls.unmap(RawMemory.addressOf(mapped), mapped.capacity());
  }

  @Override
  public String toString() {
    return "ProvidedBuffers[group " + group.id() + ", " + capacity() + " entries]";
  }
}
