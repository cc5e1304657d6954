package dev.uring.ring.struct;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory in the layout of one of the kernel's structs, or of an array of them. */
public abstract class Struct {
  /** The memory itself, in the machine's byte order. */
  final ByteBuffer memory;

  private final long address;

  Struct(int bytes) {
    memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    address = RawMemory.addressOf(memory);
  }

  Struct(StructLayout layout, int count) {
    this(Math.multiplyExact(layout.bytes(), count));
  }

  Struct(StructLayout layout) {
    this(layout.bytes());
  }

  /** The native address of the first byte; good for as long as this object is reachable. */
  public final long address() {
    return address;
  }

  /** The size in bytes. */
  public final int bytes() {
    return memory.capacity();
  }

  static void requireRange(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is from " + least + " to " + most + ", not " + value);
    }
  }
}
