package dev.uring.cli;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What decides outside the kernel's code whether io_uring may be used, as the live system has it.
 */
final class SystemFacts {
  private static final String UNKNOWN = "unknown";

  private final Path proc;

  /**
   * Where to look.
   *
   * @param proc the proc file system, {@code /proc}
   */
  SystemFacts(Path proc) {
    this.proc = proc;
  }

  /** Each fact by its name, in the order in which people want them. */
  Map<String, String> all() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "kernel",
        System.getProperty("os.version", UNKNOWN)
            + " on "
            + System.getProperty("os.arch", UNKNOWN));
    facts.put("kernel.io_uring_disabled", disabled());
    facts.put("seccomp", seccomp());
    facts.put("locked memory", limit("Max locked memory") + " bytes");
    facts.put("open files", limit("Max open files") + " at most");
    return facts;
  }

  private String disabled() {
    String value = line("sys/kernel/io_uring_disabled", "");
    return switch (value) {
      case "0" -> "0, for everybody";
      case "1" ->
          "1, for the group "
              + line("sys/kernel/io_uring_group", "")
              + " and for CAP_SYS_ADMIN only";
      case "2" -> "2, off for everybody";
      default -> "no such setting (it came with Linux 6.6)";
    };
  }

  private String seccomp() {
    return switch (line("self/status", "Seccomp:")) {
      case "0" -> "no filter";
      case "1", "2" -> "a filter is in force, which may forbid io_uring";
      default -> UNKNOWN;
    };
  }

  private String limit(String name) {
    String limits = line("self/limits", name);
    // The soft limit, the hard limit and a unit stand there, apart by blanks.
    return limits.isEmpty() ? UNKNOWN : Splitter.on(' ').splitToList(limits).get(0);
  }

  /** What follows the prefix in the first line that has it; empty if there is none. */
  private String line(String file, String prefix) {
    try (Stream<String> lines = Files.lines(proc.resolve(file), StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith(prefix))
          .findFirst()
          .map(line -> line.substring(prefix.length()).strip())
          .orElse("");
    } catch (IOException | UncheckedIOException e) {
      // Older kernels and sandboxes lack some of these files; the report says so.
      return "";
    }
  }
}
