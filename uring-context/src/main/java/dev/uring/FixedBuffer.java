package dev.uring;

/**
 * Memory that is registered with a context: the kernel has pinned its pages and need not look them
 * up for each request. It belongs to one context and is refused by every other.
 */
public final class FixedBuffer {
  private final URingContext context;
  private final int index;
  private final NativeMemory memory;

  FixedBuffer(URingContext context, int index, NativeMemory memory) {
    this.context = context;
    this.index = index;
    this.memory = memory;
  }

  /** The memory. */
  public NativeMemory memory() {
    return memory;
  }

  int index() {
    return index;
  }

  URingContext context() {
    return context;
  }

  @Override
  public String toString() {
    return "FixedBuffer[" + index + ", " + memory + "]";
  }
}
