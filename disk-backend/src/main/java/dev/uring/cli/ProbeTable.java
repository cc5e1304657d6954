package dev.uring.cli;

import dev.uring.ring.Capability;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Everything of io_uring that the kernel has or lacks, for people, by the kernel's own names. */
final class ProbeTable {
  private ProbeTable() {}

  static void print(PrintWriter out, List<Capability> capabilities) {
    Capability.@Nullable Kind kind = null;
    for (Capability one : capabilities) {
      if (one.kind() != kind) {
        kind = one.kind();
        out.println();
        out.println(heading(kind));
        out.println(row("", "", "since", "here", "told by", ""));
      }
      out.println(
          row(
              Integer.toString(one.number()),
              one.kernelName(),
              one.since(),
              one.offered() ? "yes" : "no",
              one.source().name().toLowerCase(Locale.ROOT),
              one.reason()));
    }
  }

  private static String heading(Capability.Kind kind) {
    return switch (kind) {
      case REQUEST -> "Requests";
      case REGISTER_CALL -> "Register calls";
      case SETUP_FLAG -> "Set-up flags, by bit";
      case FEATURE -> "Features, by bit";
      case ENTER_FLAG -> "Flags of entering, by bit";
      case ENTRY_FLAG -> "Flags of entries, by bit";
    };
  }

  private static String row(
      String number, String name, String since, String here, String source, String reason) {
    return String.format(
            Locale.ROOT, "  %3s %-33s%-7s%-6s%-9s%s", number, name, since, here, source, reason)
        .stripTrailing();
  }
}
