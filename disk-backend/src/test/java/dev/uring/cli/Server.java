package dev.uring.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program in a process of its own, so that it can be sent signals and watched to its end. */
final class Server implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final Path err;
  private final List<String> lines = new ArrayList<>();

  private Server(Process process, Path err) {
    this.process = process;
    this.out = process.inputReader();
    this.err = err;
  }

  static Server start(Path err, String... arguments) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                "dev.uring.cli.UringDisk"));
    command.addAll(List.of(arguments));
    return new Server(new ProcessBuilder(command).redirectError(err.toFile()).start(), err);
  }

  /** Reads on until a line begins so, and returns it. */
  String lineThatBegins(String prefix) throws IOException {
    String line = out.readLine();
    while (line != null) {
      lines.add(line);
      if (line.startsWith(prefix)) {
        return line;
      }
      line = out.readLine();
    }
    throw new AssertionError("ended before \"" + prefix + "\": " + lines + " " + err());
  }

  void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(process.pid());
    int status = new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
    if (status != 0) {
      throw new AssertionError("kill ended with " + status);
    }
  }

  /** What was read so far. */
  List<String> lines() {
    return lines;
  }

  int awaitEnd() throws InterruptedException {
    return process.waitFor();
  }

  String err() {
    try {
      return Files.readString(err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
