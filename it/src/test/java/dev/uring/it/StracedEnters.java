package dev.uring.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Programs of these tests under a {@code strace} that follows {@code io_uring_enter} alone. */
final class StracedEnters {
  private StracedEnters() {}

  /** Starts a program whose calls are written to a log. */
  static Running start(
      Path directory, Path log, List<String> options, Class<?> program, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("-f", "-qq", "-o", log));
    all.addAll(List.of("-e", "signal=none", "-e", "trace=io_uring_enter"));
    all.addAll(options);
    all.add(Path.of(System.getProperty("java.home"), "bin", "java"));
    String classes = System.getProperty("java.class.path");
    all.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", classes)));
    all.add(program.getName());
    all.addAll(List.of(arguments));
    return Tool.start(directory, "strace", all.toArray());
  }

  /** Skips the rule where a program may not be traced, as it has said. */
  static void mustBePermitted(Running program) {
    Assumptions.assumeFalse(
        program.errors().contains("ptrace"), "skipped: ptrace is not permitted");
  }
}
