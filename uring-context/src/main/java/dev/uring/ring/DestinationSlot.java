package dev.uring.ring;

/**
 * Where a request that makes a file (open, accept, socket, pipe) shall put it: into one slot, or
 * into any that is free within the {@linkplain FileTable#allocationRange allocation range}. 5.15;
 * any 5.19.
 */
public final class DestinationSlot {
  private static final int FILE_INDEX_ALLOC = -1;
  private static final DestinationSlot ANY = new DestinationSlot(FILE_INDEX_ALLOC);

  private final int encoded;

  private DestinationSlot(int encoded) {
    this.encoded = encoded;
  }

  /** This slot; the file that it holds is replaced. */
  public static DestinationSlot of(FileSlot slot) {
    return new DestinationSlot(Math.addExact(slot.index(), 1));
  }

  /** Any free slot; the completion's result names it, or is -ENFILE. */
  public static DestinationSlot any() {
    return ANY;
  }

  /** As the kernel wants it in {@code file_index}: the slot plus one, or all ones for any. */
  public int encoded() {
    return encoded;
  }

  @Override
  public String toString() {
    return encoded == FILE_INDEX_ALLOC ? "any free slot" : "slot " + (encoded - 1);
  }
}
