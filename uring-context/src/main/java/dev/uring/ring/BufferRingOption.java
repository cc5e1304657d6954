package dev.uring.ring;

/** How a ring of provided buffers may be ({@code IOU_PBUF_RING_*}). */
public enum BufferRingOption {
  /** The kernel allocates the ring's memory and it is mapped, instead of the other way. 6.4. */
  KERNEL_MEMORY(1),
  /**
   * A buffer is used bit by bit: a completion that says {@link CompletionFlags#BUFFER_MORE} took
   * its start, and the next one goes on behind. 6.12.
   */
  INCREMENTAL(2);

  private final int mask;

  BufferRingOption(int mask) {
    this.mask = mask;
  }

  /** The bit in {@code io_uring_buf_reg.flags}. */
  public int mask() {
    return mask;
  }
}
