package dev.uring.ring;

/**
 * A ring as two halves, for two threads: one submits, the other reaps.
 *
 * <p>Each half is for one thread at a time and touches nothing that the other writes. The ring is
 * closed when neither is in use any more.
 */
public final class RingHalves {
  private final SubmittingHalf submitting;
  private final ReapingHalf reaping;

  RingHalves(Ring ring) {
    this.submitting = new SubmittingHalf(ring);
    this.reaping = new ReapingHalf(ring);
  }

  /** The half that fills entries. */
  public SubmittingHalf submitting() {
    return submitting;
  }

  /** The half that takes completions. */
  public ReapingHalf reaping() {
    return reaping;
  }
}
