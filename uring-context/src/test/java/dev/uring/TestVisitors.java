package dev.uring;

import java.util.concurrent.atomic.AtomicInteger;

/** Threads that visit a completion side without a context around it. */
final class TestVisitors {
  private TestVisitors() {}

  /** One that cannot wait. */
  static Visitor alone() {
    return new Visitor(
        () -> {
          throw new IllegalStateException("no wait was expected");
        },
        () -> {},
        new AtomicInteger());
  }
}
