package dev.uring;

import org.jspecify.annotations.Nullable;

/**
 * Memory that is registered with a context: the kernel has pinned its pages and need not look them
 * up for each request. It belongs to one context and is refused by every other. A place that was
 * left {@linkplain FixedBufferRequests#register empty} can be filled once.
 */
public final class FixedBuffer {
  private final URingContext context;
  private final int index;
  private volatile @Nullable NativeMemory memory;

  FixedBuffer(URingContext context, int index, @Nullable NativeMemory memory) {
    this.context = context;
    this.index = index;
    this.memory = memory;
  }

  /**
   * The memory.
   *
   * @throws IllegalStateException if the place is empty
   */
  public NativeMemory memory() {
    NativeMemory filled = memory;
    if (filled == null) {
      throw new IllegalStateException(
          "place " + index + " is empty: fixedBuffers().fill(...) puts memory there");
    }
    return filled;
  }

  /** Whether there is no memory yet. */
  public boolean isEmpty() {
    return memory == null;
  }

  /** Memory is registered in this place now. */
  void filledWith(NativeMemory registered) {
    memory = registered;
  }

  int index() {
    return index;
  }

  URingContext context() {
    return context;
  }

  @Override
  public String toString() {
    return "FixedBuffer[" + index + ", " + (isEmpty() ? "empty" : memory) + "]";
  }
}
