package dev.uring.it;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the tree that is under test, from whatever directory the tests are started in. */
final class Repository {
  private static final String LAUNCHER = "uring-disk";

  private Repository() {}

  /** The directory that holds the launcher. */
  static Path root() {
    Path start = Path.of("").toAbsolutePath();
    for (Path directory = start; directory != null; directory = directory.getParent()) {
      if (Files.isExecutable(directory.resolve(LAUNCHER))
          && Files.isRegularFile(directory.resolve("pom.xml"))) {
        return directory;
      }
    }
    throw new IllegalStateException(
        "No directory above " + start + " holds the launcher " + LAUNCHER + ".");
  }

  static Path launcher() {
    return root().resolve(LAUNCHER);
  }
}
