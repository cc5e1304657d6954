package dev.uring.bench;

import java.util.ArrayList;
import java.util.List;

/** A row of the ring bench: what is requested, and how many at a time. */
record RingCase(Work work, int batch) {
  /** The most that one batch may hold. */
  static final int MAXIMUM_BATCH = 128;

  /** The rows that matter, or all of them. */
  static List<RingCase> all(boolean quick) {
    List<RingCase> cases = new ArrayList<>();
    int[] batches = quick ? new int[] {1, 16, 128} : new int[] {1, 8, 16, 32, 128};
    for (int batch : batches) {
      cases.add(new RingCase(Work.NOP, batch));
    }
    for (Work work : Work.values()) {
      if (work != Work.NOP && (!quick || work != Work.READ_CACHED_FIXED_FILE)) {
        cases.add(new RingCase(work, 1));
        cases.add(new RingCase(work, 32));
      }
    }
    return cases;
  }

  @Override
  public String toString() {
    return work.label() + " " + batch;
  }
}
