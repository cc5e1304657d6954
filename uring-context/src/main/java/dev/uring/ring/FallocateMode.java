package dev.uring.ring;

/** The mode bits of {@code fallocate(2)}, from {@code linux/falloc.h}. */
public final class FallocateMode {
  /** Allocate the range, and grow the file if it ends beyond. */
  public static final int ALLOCATE = 0;

  /** The size of the file stays what it is. */
  public static final int KEEP_SIZE = 1;

  /** Give the range back to the file system; it reads as zeros. Needs {@link #KEEP_SIZE}. */
  public static final int PUNCH_HOLE = 1 << 1;

  /** Take the range out and close the gap. */
  public static final int COLLAPSE_RANGE = 1 << 3;

  /** The range reads as zeros and stays allocated. */
  public static final int ZERO_RANGE = 1 << 4;

  /** Insert a hole and move what follows. */
  public static final int INSERT_RANGE = 1 << 5;

  /** Copy what is shared with other files, so that writing cannot run out of space. */
  public static final int UNSHARE_RANGE = 1 << 6;

  private FallocateMode() {}
}
