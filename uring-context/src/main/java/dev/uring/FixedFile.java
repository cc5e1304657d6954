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

  URingContext context() {
    return context;
  }

  @Override
  public String toString() {
    return "FixedFile[" + slot + "]";
  }
}
