package dev.uring.ring;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.UringOperation;

/** Rings that requests are shown on. */
enum RingKind {
  PLAIN,
  WIDE,
  MIXED,
  OWNED,
  POLLED;

  private static final int IDLE_MILLISECONDS = 20;

  /** A ring of this kind, for the calling thread. */
  Ring open() {
    return switch (this) {
      case PLAIN -> Ring.builder(16).build();
      case WIDE -> Layout.WIDE_BOTH.builder(16).build();
      case MIXED -> Layout.MIXED.builder(16).build();
      case OWNED -> Ring.builder(16).ownedByThisThread().submitAll().build();
      case POLLED -> Ring.builder(16).polledSubmission(IDLE_MILLISECONDS).build();
    };
  }

  /** A ring of this kind, if the kernel offers the requests. */
  Ring open(UringOperation... needed) {
    Ring ring = open();
    for (UringOperation operation : needed) {
      if (!ring.registrar().probe().has(operation)) {
        ring.close();
        assumeTrue(false, "skipped: this kernel lacks " + operation.kernelName());
      }
    }
    return ring;
  }
}
