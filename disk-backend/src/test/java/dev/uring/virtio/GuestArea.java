package dev.uring.virtio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A guest's memory as the guest sees it: by physical address, little-endian, with an allocator. */
final class GuestArea {
  private static final VarHandle SHORT =
      MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int PAGE = 4096;

  final long base;
  private final ByteBuffer memory;
  private long next;

  GuestArea(long base, ByteBuffer memory) {
    this.base = base;
    this.memory = memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.next = base;
  }

  static GuestArea make(long base, int length) {
    ByteBuffer raw = ByteBuffer.allocateDirect(length + 2 * PAGE);
    return new GuestArea(base, raw.alignedSlice(PAGE).slice(0, length));
  }

  GuestRegion region() {
    return GuestRegion.of(base, memory.duplicate().clear());
  }

  GuestMemory map() {
    return GuestMemory.of(region());
  }

  long allocate(int bytes, int alignment) {
    long address = (next + alignment - 1) / alignment * alignment;
    next = address + bytes;
    if (next > base + memory.capacity()) {
      throw new AssertionError("the guest has no more memory");
    }
    return address;
  }

  /** Forgets everything that was allocated, and zeroes it. */
  void reset() {
    next = base;
    for (int index = 0; index < memory.capacity(); index++) {
      memory.put(index, (byte) 0);
    }
  }

  /** Where the allocator is, to go back to. */
  long mark() {
    return next;
  }

  void release(long mark) {
    next = mark;
  }

  private int at(long address) {
    return (int) (address - base);
  }

  ByteBuffer bytes(long address, int length) {
    return memory.slice(at(address), length).order(ByteOrder.LITTLE_ENDIAN);
  }

  void put(long address, byte[] bytes) {
    memory.put(at(address), bytes);
  }

  byte[] get(long address, int length) {
    byte[] bytes = new byte[length];
    memory.get(at(address), bytes);
    return bytes;
  }

  void putByte(long address, int value) {
    memory.put(at(address), (byte) value);
  }

  int getByte(long address) {
    return Byte.toUnsignedInt(memory.get(at(address)));
  }

  void putShort(long address, int value) {
    SHORT.setOpaque(memory, at(address), (short) value);
  }

  int getShort(long address) {
    return Short.toUnsignedInt((short) SHORT.getOpaque(memory, at(address)));
  }

  void putInt(long address, int value) {
    memory.putInt(at(address), value);
  }

  int getInt(long address) {
    return memory.getInt(at(address));
  }

  void putLong(long address, long value) {
    memory.putLong(at(address), value);
  }

  void release(long address, int value) {
    SHORT.setRelease(memory, at(address), (short) value);
  }

  int acquire(long address) {
    return Short.toUnsignedInt((short) SHORT.getAcquire(memory, at(address)));
  }

  void fence() {
    VarHandle.fullFence();
  }
}
