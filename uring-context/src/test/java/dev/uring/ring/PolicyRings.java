package dev.uring.ring;

import dev.uring.allowlist.URingAllowlist;
import java.util.function.IntConsumer;

/** Rings under a list, and what is found on them. */
final class PolicyRings {
  /** For rings on which nothing else is in flight. */
  static final IntConsumer NOBODY =
      index -> {
        throw new AssertionError("a completion that nobody asked for");
      };

  private PolicyRings() {}

  /** A ring that is restricted and enabled. */
  static Ring restricted(URingAllowlist list) {
    return enabled(Ring.builder(8).ownedByThisThread(), list);
  }

  static Ring enabled(RingBuilder builder, URingAllowlist list) {
    Ring ring = builder.disabled().build();
    ring.registrar().restrict(list);
    ring.registrar().enable();
    return ring;
  }

  /** What a ring permits that is thrown away afterwards. */
  static PolicyObservation observe(Ring ring) {
    return new PolicyObserver(ring, NOBODY).nothingInFlight().drainingMayEnd().observe();
  }
}
