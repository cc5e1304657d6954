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
  static LoopDevice over(Path file, String... options) {
    Privileged.requireRoot();
    if (!Files.exists(Path.of("/dev/loop-control"))) {
      Assumptions.abort("skipped: no loop devices here");
    }
    Object[] arguments = new Object[options.length + 3];
    System.arraycopy(options, 0, arguments, 0, options.length);
    arguments[options.length] = "--find";
    arguments[options.length + 1] = "--show";
    arguments[options.length + 2] = file;
    Tool.Result made = Tool.run("losetup", arguments);
    if (made.status() != 0) {
      Assumptions.abort("skipped: no loop devices here: " + made.errors().strip());
    }
    return new LoopDevice(Path.of(made.output().strip()));
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    Tool.run("losetup", "--detach", path).succeeded();
  }
}
