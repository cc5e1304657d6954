package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.Capability;
import dev.uring.ring.KernelCapabilities;
import dev.uring.ring.UringException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What was found, and what follows from it. */
final class ProbeReport {
  private final PrintWriter out;

  ProbeReport(PrintWriter out) {
    this.out = out;
  }

  /**
   * Looks and tells people.
   *
   * @throws FailureException if disks cannot be served here: why, and what to do
   */
  void run() {
    out.println("This system");
    system().forEach((name, value) -> out.printf("  %-26s%s%n", name, value));
    out.flush();
    ProbeTable.print(out, capabilities());
    print(findings());
  }

  /**
   * Looks and tells programs, also if it comes to nothing.
   *
   * @throws FailureException as {@link #run}
   */
  void runForPrograms() {
    List<Capability> kernel = List.of();
    List<Finding> wanted = List.of();
    String reason;
    try {
      kernel = capabilities();
      wanted = findings();
      reason = verdict(wanted);
    } catch (FailureException e) {
      reason = String.valueOf(e.getMessage());
    }
    out.print(ProbeJson.of(system(), wanted, kernel, reason));
    out.flush();
    fail(reason);
  }

  private static Map<String, String> system() {
    return new SystemFacts(Path.of("/proc")).all();
  }

  private static List<Capability> capabilities() {
    try {
      return KernelCapabilities.ask().all();
    } catch (UringException e) {
      throw unusable(e);
    }
  }

  private static List<Finding> findings() {
    try {
      return KernelFindings.of(URingAllowlist.closedBlockServer());
    } catch (UringException e) {
      throw unusable(e);
    }
  }

  private static FailureException unusable(UringException cause) {
    return new FailureException("io_uring cannot be used here: " + cause.getMessage(), cause);
  }

  void print(List<Finding> findings) {
    out.println();
    out.println("What uring-disk wants of the kernel");
    out.println(Finding.heading());
    for (Finding finding : findings) {
      out.println(finding.row());
    }
    out.println();
    out.flush();
    fail(verdict(findings));
    out.println("io_uring can be used here, and the kernel has what is needed.");
  }

  /** Why disks cannot be served, or empty. */
  private static String verdict(List<Finding> findings) {
    List<Finding> missing = findings.stream().filter(Finding::isFatal).toList();
    return missing.isEmpty()
        ? ""
        : "io_uring works here but cannot serve disks, since this kernel lacks "
            + missing.stream().map(ProbeReport::lacking).collect(joining(", "))
            + ": run Linux 6.13 or newer";
  }

  private static void fail(String reason) {
    if (!reason.isEmpty()) {
      throw new FailureException(reason);
    }
  }

  private static String lacking(Finding finding) {
    String why = finding.remark().isEmpty() ? "" : ": " + finding.remark();
    return finding.name() + " (Linux " + finding.since() + why + ")";
  }
}
