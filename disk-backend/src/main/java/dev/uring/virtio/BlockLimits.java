package dev.uring.virtio;

/** What one request may ask for, as the configuration tells the driver. */
final class BlockLimits {
  /** Segments a transfer may have: with header and status they fit a queue of 128. */
  static final int SEGMENTS = 126;

  /** Bytes a segment may have. */
  static final int SEGMENT_BYTES = 4 << 20;

  /** Ranges a discard or a write of zeros may have. */
  static final int RANGES = 16;

  /**
   * Sectors a range may have, 1 GiB: what cannot be punched is written, and that takes its time.
   */
  static final int RANGE_SECTORS = 1 << 21;

  private BlockLimits() {}
}
