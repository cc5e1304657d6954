package dev.uring.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What only root may do. */
final class Privileged {
  private Privileged() {}

  static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips the rule for other users. */
  static void requireRoot() {
    if (!isRoot()) {
      Assumptions.abort("skipped: not run by root");
    }
  }
}
