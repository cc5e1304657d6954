package dev.uring.disk;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Other people's programs, run to their end. */
record Command(int status, String output) {
  /** Skips the test that asks unless the program is on the path. */
  static void assumeInstalled(String program) {
    boolean found =
        Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    assumeTrue(found, "skipped: " + program + " is not installed");
  }

  static Command run(Object... words) throws IOException, InterruptedException {
    Process process = start(words);
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Command(process.waitFor(), output.trim());
  }

  static Process start(Object... words) throws IOException {
    List<String> command = Arrays.stream(words).map(Object::toString).toList();
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
