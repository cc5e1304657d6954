package dev.uring.ring;

/** The clocks that the time of a wait can go by. */
public enum WaitClock {
  /** Does not jump and does not count suspended time; the one at first. */
  MONOTONIC(1),
  /** Counts suspended time too. */
  BOOT_TIME(7);

  private final int number;

  WaitClock(int number) {
    this.number = number;
  }

  /** The number of {@code clock_gettime(2)}. */
  public int number() {
    return number;
  }
}
