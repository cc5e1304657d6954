package dev.uring.ring;

/**
 * A place in a ring's table of registered buffers. Not a {@linkplain BufferGroup group}.
 *
 * @param index 0 to 16,383, below the size of the table
 */
public record BufferIndex(int index) {
  /** A place by its index. */
  public BufferIndex {
    if (index < 0 || index >= BufferTable.MOST) {
      throw new IllegalArgumentException("a buffer's index is from 0 to 16383, not " + index);
    }
  }
}
