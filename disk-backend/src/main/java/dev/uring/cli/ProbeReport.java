package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.UringException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** What was found, and what follows from it. */
final class ProbeReport {
  private final PrintWriter out;

  ProbeReport(PrintWriter out) {
    this.out = out;
  }

  /**
   * Looks and tells.
   *
   * @throws FailureException if disks cannot be served here: why, and what to do
   */
  void run() {
    out.println("This system");
    new SystemFacts(Path.of("/proc"))
        .all()
        .forEach((name, value) -> out.printf("  %-26s%s%n", name, value));
    out.flush();
    print(findings());
  }

  private static List<Finding> findings() {
    try {
      return KernelFindings.of(URingAllowlist.closedBlockServer());
    } catch (UringException e) {
      throw new FailureException("io_uring cannot be used here: " + e.getMessage(), e);
    }
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
    List<Finding> missing = findings.stream().filter(Finding::isFatal).toList();
    if (!missing.isEmpty()) {
      throw new FailureException(
          "io_uring works here but cannot serve disks, since this kernel lacks "
              + missing.stream().map(ProbeReport::lacking).collect(joining(", "))
              + ": run Linux 6.13 or newer");
    }
    out.println("io_uring can be used here, and the kernel has what is needed.");
  }

  private static String lacking(Finding finding) {
    String why = finding.remark().isEmpty() ? "" : ": " + finding.remark();
    return finding.name() + " (Linux " + finding.since() + why + ")";
  }
}
