package dev.uring.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A tmpfs that is soon full, for the time of a test. */
final class SmallFileSystem implements AutoCloseable {
  private final Path path;

  private SmallFileSystem(Path path) {
    this.path = path;
  }

  /** Mounts one of so many bytes, or skips the rule where that cannot be done. */
  static SmallFileSystem mount(Path parent, long size) {
    Privileged.requireRoot();
    try {
      Path path = Files.createDirectory(parent.resolve("small"));
      Tool.Result mounted =
          Tool.run("mount", "-t", "tmpfs", "-o", "size=" + size, "uring-it", path);
      if (mounted.status() != 0) {
        Assumptions.abort("skipped: no tmpfs can be mounted: " + mounted.errors().strip());
      }
      return new SmallFileSystem(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    Tool.run("umount", path).succeeded();
  }
}
