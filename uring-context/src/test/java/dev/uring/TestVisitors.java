package dev.uring;

import dev.uring.ring.Ring;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that visit a completion side without a context around it. */
final class TestVisitors {
  private static final Ring NEVER_ENTERED = Ring.builder(1).build();

  private TestVisitors() {}

  /** One that does not wait. */
  static Visitor alone() {
    return Visitor.of(NEVER_ENTERED, true, () -> {}, new AtomicInteger());
  }
}
