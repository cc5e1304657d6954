package dev.uring;

import dev.uring.ring.TransferRequests;
import java.util.Objects;

/** One end of a {@linkplain PipeRequests#addSplice splice}. Immutable. */
public final class SpliceEnd {
  private final Target target;
  private final long offset;

  private SpliceEnd(Target target, long offset) {
    this.target = Objects.requireNonNull(target, "target");
    this.offset = offset;
  }

  /** A pipe or a socket; or a file at its own position, which moves. */
  public static SpliceEnd of(Target target) {
    return new SpliceEnd(target, TransferRequests.NO_OFFSET);
  }

  /**
   * A file at an offset.
   *
   * @param offset in bytes, 0 or more
   * @throws IllegalArgumentException if it is negative
   */
  public static SpliceEnd at(Target file, long offset) {
    if (offset < 0) {
      throw new IllegalArgumentException("offset is negative: " + offset);
    }
    return new SpliceEnd(file, offset);
  }

  Target target() {
    return target;
  }

  long offset() {
    return offset;
  }

  @Override
  public String toString() {
    return "SpliceEnd[" + target + (offset < 0 ? "]" : " at " + offset + "]");
  }
}
