package dev.uring;

import dev.uring.ring.struct.FutexWaiters;

/**
 * A word of 32 bits in native memory that requests wait on and wake at, as {@code futex(2)}.
 * Immutable but for the word; reading and writing it atomically is up to who uses it, by a {@code
 * VarHandle} of its buffer. Requests in flight hold the memory.
 *
 * <pre>{@code
 * Futex word = Futex.of(NativeMemory.allocate(4), 0);
 * context.futexes().addWait(word, 0, 1);   // until woken, if it is zero
 * }</pre>
 */
public final class Futex {
  private final NativeMemory memory;
  private final int position;
  private final int flags;

  private Futex(NativeMemory memory, int position, int flags) {
    if (memory.addressOf(position, Integer.BYTES) % Integer.BYTES != 0) {
      throw new IllegalArgumentException(
          "a futex lies at a multiple of 4 bytes, not at " + position + " of " + memory);
    }
    this.memory = memory;
    this.position = position;
    this.flags = flags | FutexWaiters.SIZE_U32;
  }

  /**
   * A word that only this process waits on.
   *
   * @param position in bytes, such that the word's address is a multiple of 4
   * @throws IndexOutOfBoundsException if the word does not lie in the memory
   * @throws IllegalArgumentException if its address is no multiple of 4
   */
  public static Futex of(NativeMemory memory, int position) {
    return new Futex(memory, position, FutexWaiters.PRIVATE);
  }

  /**
   * A word in memory that processes share, such as a {@link SharedMapping}'s.
   *
   * @param position in bytes, such that the word's address is a multiple of 4
   * @throws IndexOutOfBoundsException if the word does not lie in the memory
   * @throws IllegalArgumentException if its address is no multiple of 4
   */
  public static Futex shared(NativeMemory memory, int position) {
    return new Futex(memory, position, 0);
  }

  NativeMemory memory() {
    return memory;
  }

  long address() {
    return memory.addressOf(position, Integer.BYTES);
  }

  int flags() {
    return flags;
  }

  @Override
  public String toString() {
    return "Futex[at " + position + " of " + memory + "]";
  }
}
