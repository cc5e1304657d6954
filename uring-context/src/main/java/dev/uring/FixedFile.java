package dev.uring;

/**
 * A slot of a context's file table.
 *
 * <p>The table holds a reference of its own on the file, so a request that names a slot needs no
 * open descriptor, and costs the kernel less than one that does. A slot belongs to one context and
 * is refused by every other.
 */
public final class FixedFile implements Target, Destination {
  private final URingContext context;
  private final int slot;

  FixedFile(URingContext context, int slot) {
    this.context = context;
    this.slot = slot;
  }

  /** The slot's number, from zero. */
  public int slot() {
    return slot;
  }

  /**
   * The slot's number, for a request of this context.
   *
   * @throws IllegalArgumentException if it is a slot of another
   */
  int slotOf(URingContext user) {
    if (user != context) {
      throw new IllegalArgumentException(this + " is a slot of another context");
    }
    return slot;
  }

  @Override
  public String toString() {
    return "FixedFile[" + slot + "]";
  }
}
