package dev.uring.ring;

/**
 * A slot of a ring's table of registered files. Not a descriptor: the same number means another
 * file.
 *
 * @param index from zero on, below the size of the table
 */
public record FileSlot(int index) {
  /** A slot by its index. */
  public FileSlot {
    if (index < 0) {
      throw new IllegalArgumentException("a slot is zero or more, not " + index);
    }
  }
}
