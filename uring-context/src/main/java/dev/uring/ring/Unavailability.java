package dev.uring.ring;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Why a ring cannot be made here, and what to do about it.
 *
 * <p>The errno alone says little: EPERM is a system control or a seccomp filter, ENOMEM is mostly
 * the limit on locked memory. This class looks at the live system for the likelier cause.
 */
final class Unavailability {
  private static final Path DISABLED = Path.of("/proc/sys/kernel/io_uring_disabled");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path LIMITS = Path.of("/proc/self/limits");

  private Unavailability() {}

  /** Cause and remedy as a sentence; empty where the error says all that is known. */
  static String remedy(long errno) {
    return switch ((int) errno) {
      case Errno.ENOSYS ->
          "this kernel has no io_uring (it came with 5.1), or a sandbox hides it; "
              + "use a kernel of 5.11 or newer";
      case Errno.EPERM -> forbidden();
      case Errno.EACCES ->
          "a security module (SELinux, AppArmor …) forbids io_uring; its audit log names the "
              + "rule to change";
      case Errno.ENOMEM ->
          "not enough memory may be locked: the limit is "
              + lockedMemoryLimit()
              + "; raise it with ulimit -l or LimitMEMLOCK=, or ask for a smaller ring";
      case Errno.EMFILE -> "the process has too many open files; raise the limit with ulimit -n";
      case Errno.ENFILE -> "the system has too many open files; raise fs.file-max";
      default -> "";
    };
  }

  private static String forbidden() {
    String disabled = firstLine(DISABLED).orElse("");
    if (disabled.equals("2")) {
      return "kernel.io_uring_disabled is 2: io_uring is off for everybody; "
          + "sysctl kernel.io_uring_disabled=0 turns it on";
    }
    if (disabled.equals("1")) {
      return "kernel.io_uring_disabled is 1: io_uring is for the group kernel.io_uring_group and "
          + "for CAP_SYS_ADMIN only; join that group, or sysctl kernel.io_uring_disabled=0";
    }
    if (statusField("Seccomp:").map(mode -> !mode.equals("0")).orElse(false)) {
      return "a seccomp filter forbids io_uring, as containers' default profiles do; "
          + "allow io_uring_setup, io_uring_enter and io_uring_register in the profile";
    }
    return "the kernel forbids it: look at kernel.io_uring_disabled and at seccomp or security "
        + "module rules";
  }

  private static String lockedMemoryLimit() {
    return lineOf(LIMITS, "Max locked memory")
        .map(line -> line.replaceAll("Max locked memory +(\\w+).*", "$1 bytes"))
        .orElse("unknown");
  }

  private static Optional<String> statusField(String name) {
    return lineOf(STATUS, name).map(line -> line.substring(name.length()).trim());
  }

  private static Optional<String> firstLine(Path file) {
    return lineOf(file, "").map(String::trim);
  }

  private static Optional<String> lineOf(Path file, String prefix) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines.filter(line -> line.startsWith(prefix)).findFirst();
    } catch (IOException | java.io.UncheckedIOException e) {
      // Without the file there is nothing to add to what the errno says.
      return Optional.empty();
    }
  }
}
