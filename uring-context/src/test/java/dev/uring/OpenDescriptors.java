package dev.uring;

import dev.uring.sys.FileCalls;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** How many descriptors this process has open. */
final class OpenDescriptors {
  /** What the JVM itself may open meanwhile, and far less than any leak a round would make. */
  private static final int SLACK = 50;

  private OpenDescriptors() {}

  static int count() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  /** How many of them are of this file. */
  static int of(Path file) throws IOException {
    int found = 0;
    Path real = file.toRealPath();
    for (File entry : Objects.requireNonNull(new File("/proc/self/fd").listFiles())) {
      if (entry.getCanonicalFile().equals(real.toFile())) {
        found++;
      }
    }
    return found;
  }

  /** Whether a child process would not inherit it. */
  static boolean closesOnExec(Descriptor descriptor) {
    int fd = descriptor.acquire();
    try {
      return FileCalls.fcntl(fd, FileCalls.F_GETFD, 0) == FileCalls.FD_CLOEXEC;
    } finally {
      descriptor.release();
    }
  }

  /** Fails if {@code rounds} of an action, which may throw, leave descriptors behind. */
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
