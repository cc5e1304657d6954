package dev.uring.it;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A block device over a file, for the time of a test. */
final class LoopDevice implements AutoCloseable {
  private final Path path;

  private LoopDevice(Path path) {
    this.path = path;
  }

  /** Sets one up, or skips the rule where that cannot be done. */
  static LoopDevice over(Path file) {
    Privileged.requireRoot();
    if (!Files.exists(Path.of("/dev/loop-control"))) {
      Assumptions.abort("skipped: no loop devices here");
    }
    Tool.Result made = Tool.run("losetup", "--find", "--show", file);
    if (made.status() != 0) {
      Assumptions.abort("skipped: no loop devices here: " + made.errors().strip());
    }
    return new LoopDevice(Path.of(made.output().strip()));
  }

  Path path() {
    return path;
  }

  /** Forbids or permits writing, whoever has the device open. */
  void setReadOnly(boolean readOnly) {
    Tool.run("blockdev", readOnly ? "--setro" : "--setrw", path).succeeded();
  }

  @Override
  public void close() {
    // The kernel keeps this setting for whoever gets the device next.
    setReadOnly(false);
    Tool.run("losetup", "--detach", path).succeeded();
  }
}
