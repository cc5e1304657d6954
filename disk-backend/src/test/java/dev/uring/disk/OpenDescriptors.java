package dev.uring.disk;

import java.io.File;
import java.util.Objects;

/** How many descriptors this process has open. */
public final class OpenDescriptors {
  /** What the JVM itself may open meanwhile, and far less than any leak a round would make. */
  private static final int SLACK = 50;

  private OpenDescriptors() {}

  /** So many now. */
  public static int count() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  /** Fails if {@code rounds} of an action leave descriptors behind. */
  static void mustNotLeak(int rounds, Runnable action) {
    int before = count();
    for (int round = 0; round < rounds; round++) {
      action.run();
    }
    int leaked = count() - before;
    if (leaked > SLACK) {
      throw new AssertionError(leaked + " descriptors were left open by " + rounds + " rounds");
    }
  }
}
