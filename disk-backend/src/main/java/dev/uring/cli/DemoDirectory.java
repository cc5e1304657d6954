package dev.uring.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the demonstration keeps its image and its socket. Nothing of it is left afterwards. */
final class DemoDirectory implements AutoCloseable {
  private final Path directory;

  private DemoDirectory(Path directory) {
    this.directory = directory;
    // Should the process be told to end before it has closed this; the last named goes first.
    directory.toFile().deleteOnExit();
    image().toFile().deleteOnExit();
    socket().toFile().deleteOnExit();
  }

  static DemoDirectory make() {
    Path parent = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    try {
      return new DemoDirectory(Files.createTempDirectory(parent, "uring-disk-demo-"));
    } catch (IOException e) {
      throw new FailureException(
          "no temporary directory can be made in "
              + parent
              + ": set TMPDIR to a directory that this user may write to",
          e);
    }
  }

  Path image() {
    return directory.resolve("demo.img");
  }

  Path socket() {
    return directory.resolve("demo.sock");
  }

  @Override
  public void close() {
    for (Path path : new Path[] {socket(), image(), directory}) {
      File file = path.toFile();
      if (file.exists() && !file.delete()) {
        throw new FailureException(path + " could not be removed: remove it by hand");
      }
    }
  }
}
