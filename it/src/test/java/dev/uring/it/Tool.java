package dev.uring.it;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;

/** Other people's programs. Where one is not installed the rule is skipped, by name. */
final class Tool {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final List<Path> ADMINISTRATION = List.of(Path.of("/usr/sbin"), Path.of("/sbin"));

  private Tool() {}

  /** What a program that has ended left behind. */
  record Result(String command, int status, String output, String errors) {

    Result succeeded() {
      if (status != 0) {
        throw new AssertionError("Should have succeeded: " + this);
      }
      return this;
    }

    Result failed() {
      if (status == 0) {
        throw new AssertionError("Should have failed: " + this);
      }
      return this;
    }

    /** Output and errors together, in lower case, for looking for words. */
    String words() {
      return (output + errors).toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return String.format(
          "%s%n--- status %d, stdout%n%s--- stderr%n%s---", command, status, output, errors);
    }
  }

  /** Skips the rule unless each of the programs is installed. */
  static void require(String... programs) {
    for (String program : programs) {
      find(program);
    }
  }

  /** Runs the program to its end. */
  static Result run(String program, Object... arguments) {
    return run(Path.of("/"), program, arguments);
  }

  static Result run(Path directory, String program, Object... arguments) {
    try (Running running = start(directory, program, arguments)) {
      int status = running.await(LIMIT);
      return new Result(
          command(program, arguments).toString(), status, running.output(), running.errors());
    }
  }

  /** Starts the program and leaves it to the caller to end it. */
  static Running start(Path directory, String program, Object... arguments) {
    return Running.start(directory, command(program, arguments));
  }

  private static List<String> command(String program, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(find(program));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private static String find(String program) {
    List<Path> directories = new ArrayList<>();
    for (String directory :
        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      directories.add(Path.of(directory));
    }
    directories.addAll(ADMINISTRATION);
    for (Path directory : directories) {
      if (Files.isExecutable(directory.resolve(program))) {
        return directory.resolve(program).toString();
      }
    }
    return Assumptions.abort("skipped: " + program + " is not installed");
  }
}
