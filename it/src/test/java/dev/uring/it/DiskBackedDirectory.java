package dev.uring.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Puts images where a disk is likely: {@code /tmp} is often a tmpfs, which knows neither O_DIRECT
 * nor reads without waiting. The paths stay short, since a socket's may have 107 bytes only.
 */
public final class DiskBackedDirectory implements TempDirFactory {
  private static final Path DISK = Path.of("/var/tmp");

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    return Files.isWritable(DISK)
        ? Files.createTempDirectory(DISK, "uring-it-")
        : Files.createTempDirectory("uring-it-");
  }
}
