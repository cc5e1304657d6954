package dev.uring;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Pieces of native memory in order: the scatter list of a vectored read, the gather list of a
 * vectored write or send.
 *
 * <p>Reusable. A context copies the list when a request is added, so it may be changed at once; the
 * bytes belong to the kernel until the completion. Positions and lengths are in bytes. Not
 * thread-safe. Source: {@code readv(2)}.
 */
public final class MemoryVector {
  /** How many pieces the kernel takes in one request ({@code IOV_MAX}). */
  public static final int MAXIMUM_PIECES = 1024;

  private NativeMemory[] memories;

  /** For each piece its position, and behind it its length. */
  private int[] ranges;

  private int count;
  private int readOnlyCount;
  private long byteCount;

  /** An empty list. */
  public MemoryVector() {
    this(2);
  }

  /**
   * An empty list with room for a number of pieces; it grows.
   *
   * @param pieces 0 to {@link #MAXIMUM_PIECES}
   * @throws IllegalArgumentException if it is not
   */
  public MemoryVector(int pieces) {
    if (pieces < 0 || pieces > MAXIMUM_PIECES) {
      throw new IllegalArgumentException(
          "a list has 0 to " + MAXIMUM_PIECES + " pieces, not " + pieces);
    }
    memories = new NativeMemory[Math.max(pieces, 1)];
    ranges = new int[2 * memories.length];
  }

  /**
   * The bytes of direct buffers, each from its position to its limit.
   *
   * @throws IllegalArgumentException if one is refused by {@link NativeMemory#of}
   * @throws IllegalStateException if there are more than {@link #MAXIMUM_PIECES}
   */
  public static MemoryVector of(ByteBuffer... direct) {
    return of(Arrays.asList(direct));
  }

  /**
   * As {@link #of(ByteBuffer...)}.
   *
   * @throws IllegalArgumentException if one is refused by {@link NativeMemory#of}
   * @throws IllegalStateException if there are more than {@link #MAXIMUM_PIECES}
   */
  public static MemoryVector of(Iterable<ByteBuffer> direct) {
    MemoryVector vector = new MemoryVector();
    for (ByteBuffer buffer : direct) {
      NativeMemory memory = NativeMemory.of(buffer);
      vector.add(memory, 0, memory.length());
    }
    return vector;
  }

  /** Whether no piece is of read-only memory; if nobody changes the list meanwhile. */
  boolean isWritable() {
    return readOnlyCount == 0;
  }

  /**
   * Adds a piece at the end; one of no bytes is left out.
   *
   * @throws IndexOutOfBoundsException if it does not lie inside the memory
   * @throws IllegalStateException if there are {@link #MAXIMUM_PIECES} already
   */
  public MemoryVector add(NativeMemory memory, int position, int length) {
    memory.addressOf(position, length);
    if (length == 0) {
      return this;
    }
    if (count == memories.length) {
      grow();
    }
    if (memory.isReadOnly()) {
      readOnlyCount++;
    }
    memories[count] = memory;
    ranges[2 * count] = position;
    ranges[2 * count + 1] = length;
    count++;
    byteCount += length;
    return this;
  }

  /**
   * Adds a part of another list: {@code length} bytes from its byte {@code from} on.
   *
   * @throws IndexOutOfBoundsException if they do not lie in the other list; then nothing is added
   * @throws IllegalStateException if there would be more than {@link #MAXIMUM_PIECES}; those that
   *     fit are added
   */
  public MemoryVector addRange(MemoryVector other, long from, long length) {
    if (from < 0 || length < 0 || length > other.byteCount - from) {
      throw new IndexOutOfBoundsException(
          length + " bytes from " + from + " do not lie in " + other.byteCount);
    }
    long skip = from;
    long rest = length;
    for (int piece = 0; piece < other.count && rest > 0; piece++) {
      int whole = other.length(piece);
      if (skip >= whole) {
        skip -= whole;
        continue;
      }
      int taken = (int) Math.min(whole - skip, rest);
      add(other.memories[piece], other.position(piece) + (int) skip, taken);
      skip = 0;
      rest -= taken;
    }
    return this;
  }

  private void grow() {
    if (count == MAXIMUM_PIECES) {
      throw new IllegalStateException("a list has at most " + MAXIMUM_PIECES + " pieces");
    }
    int larger = Math.min(count * 2, MAXIMUM_PIECES);
    memories = Arrays.copyOf(memories, larger);
    ranges = Arrays.copyOf(ranges, 2 * larger);
  }

  /** Takes all pieces out, and drops the references on their memory. */
  public void clear() {
    Arrays.fill(memories, 0, count, null);
    count = 0;
    byteCount = 0;
    readOnlyCount = 0;
  }

  /** The number of pieces. */
  public int count() {
    return count;
  }

  /** The sum of the pieces' lengths, in bytes. */
  public long byteCount() {
    return byteCount;
  }

  /**
   * The memory of a piece.
   *
   * @param piece its number, from zero
   * @throws IndexOutOfBoundsException if there is no such piece
   */
  public NativeMemory memory(int piece) {
    return memories[checked(piece)];
  }

  /**
   * Where in its memory a piece begins, in bytes.
   *
   * @param piece its number, from zero
   * @throws IndexOutOfBoundsException if there is no such piece
   */
  public int position(int piece) {
    return ranges[2 * checked(piece)];
  }

  /**
   * The length of a piece, in bytes.
   *
   * @param piece its number, from zero
   * @throws IndexOutOfBoundsException if there is no such piece
   */
  public int length(int piece) {
    return ranges[2 * checked(piece) + 1];
  }

  private int checked(int piece) {
    if (piece < 0 || piece >= count) {
      throw new IndexOutOfBoundsException("piece " + piece + " of " + count);
    }
    return piece;
  }

  @Override
  public String toString() {
    return "MemoryVector[" + count + " pieces, " + byteCount + " bytes]";
  }
}
