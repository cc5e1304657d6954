package dev.uring.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A started program. Its output goes to files, so that a talkative one never blocks on a pipe;
 * closing ends it if it still runs.
 */
final class Running implements AutoCloseable {
  private final String command;
  private final Process process;
  private final Path output;
  private final Path errors;

  private Running(String command, Process process, Path output, Path errors) {
    this.command = command;
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /** Starts the command in a directory, on the JDK that runs the tests. */
  static Running start(Path directory, List<String> command) {
    try {
      Path output = Files.createTempFile("uring-it-", ".out");
      Path errors = Files.createTempFile("uring-it-", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().put("LC_ALL", "C");
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      return new Running(String.join(" ", command), builder.start(), output, errors);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start " + command, e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String output() {
    return read(output);
  }

  String errors() {
    return read(errors);
  }

  /** Waits for the end and returns the exit status; fails when it does not come in time. */
  int await(Duration limit) {
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    AssertionError hung =
        new AssertionError("Did not end within " + limit.toSeconds() + " s: " + describe());
    kill();
    throw hung;
  }

  void terminate() {
    process.destroy();
  }

  /** Sends a signal by name, for those that {@link Process} has no method for. */
  void signal(String name) {
    List<String> kill = List.of("sh", "-c", "kill -" + name + " " + pid());
    try (Running sending = start(Path.of("/"), kill)) {
      if (sending.await(Duration.ofSeconds(10)) != 0) {
        throw new AssertionError("No signal " + name + " could be sent to " + describe());
      }
    }
  }

  /** SIGKILL, and waits until the process is gone. */
  void kill() {
    process.destroyForcibly();
    boolean interrupted = false;
    while (true) {
      try {
        process.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  String describe() {
    return command + "\n--- stdout\n" + output() + "--- stderr\n" + errors() + "---";
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
    try {
      Files.deleteIfExists(output);
      Files.deleteIfExists(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
