package dev.uring.bench;

import dev.uring.URingContext;
import java.util.Locale;

/** The Java subjects of the ring bench, and what each is compared with and shall reach. */
enum RingSubject {
  RING("c", 1.05),
  CONTEXT_CONFINED("c", 1.10),
  CONTEXT_SINGLE("c-shared", 1.25),
  CONTEXT_BULK("c-shared", 1.10),
  CONTEXT_ITERATOR("c-shared", 1.25),
  TWO_THREADS("c-two-threads", 1.00);

  private static final int ENTRIES = 256;
  private static final double BARE_RING_ONE_AT_A_TIME = 1.10;

  private final String reference;
  private final double target;

  RingSubject(String reference, double target) {
    this.reference = reference;
    this.target = target;
  }

  private static URingContext confined() {
    return URingContext.builder(ENTRIES).confined().build();
  }

  private static URingContext shared() {
    return URingContext.create(ENTRIES);
  }

  /** The name in tables and in JSON. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static RingSubject ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** The subject in C whose ring has the same set-up. */
  String reference() {
    return reference;
  }

  /** The ratio to C that is aimed at: for the bare ring, from a batch of 16 on. */
  double target(RingCase row) {
    return this == RING && row.batch() < 16 ? BARE_RING_ONE_AT_A_TIME : target;
  }

  /** Whether the time that goes by counts, and not the time on a processor. */
  boolean byWallClock() {
    return this == TWO_THREADS;
  }

  Subject create(CachedFile file) {
    return switch (this) {
      case RING -> new BareRing(file, ENTRIES);
      case CONTEXT_CONFINED -> new SingleAdds(file, confined());
      case CONTEXT_SINGLE -> new SingleAdds(file, shared());
      case CONTEXT_BULK -> new BulkAdds(file, shared());
      case CONTEXT_ITERATOR -> new IteratedTakes(file, shared());
      case TWO_THREADS -> new TwoThreads(shared());
    };
  }
}
