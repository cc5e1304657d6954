package dev.uring;

/**
 * Any slot of the context's file table that is empty. The result of the request is the slot's
 * number, which is the index in what {@link URingContext#registerFiles} returned; -ENFILE if all
 * are taken, or without a table. 5.19.
 */
public final class FreeSlot implements Destination {
  /** The only one there is. */
  public static final FreeSlot ANY = new FreeSlot();

  private FreeSlot() {}

  @Override
  public String toString() {
    return "any free slot";
  }
}
