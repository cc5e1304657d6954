package dev.uring.nbd;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Other people's programs, run to their end. */
final class Programs {

  record Result(int status, String output) {}

  private Programs() {}

  /** Skips the test where the program is not installed. */
  static void require(String program) {
    boolean found = false;
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      found |= Files.isExecutable(Path.of(directory, program));
    }
    Assumptions.assumeTrue(found, "skipped: no " + program);
  }

  /** Runs a program for at most half a minute; its output and errors are one text. */
  static Result run(Path directory, String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    try {
      boolean ended = process.waitFor(30, TimeUnit.SECONDS);
      return new Result(ended ? process.exitValue() : -1, Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }
}
