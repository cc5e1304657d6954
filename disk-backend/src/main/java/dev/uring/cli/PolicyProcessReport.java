package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.cli.PolicyProcess.ShownRing;
import java.io.PrintWriter;
import java.util.List;

/** What can be learnt of another process's rings, and that their restrictions cannot. */
final class PolicyProcessReport {
  private static final int FILES_NAMED = 8;

  /** Why it cannot be known, and who knows it. */
  static final String UNKNOWN =
      "what these rings permit cannot be learnt from outside: the kernel shows their tables and not"
          + " their restrictions, and answers nobody but the thread that owns a ring; serve asks its"
          + " own rings when it starts, and serves only if they do what was wished";

  /** A ring can live on without a descriptor, and then nothing shows it. */
  static final String NONE =
      "no io_uring is open in this process; one whose descriptor was closed would not be seen";

  private final PrintWriter out;

  PolicyProcessReport(PrintWriter out) {
    this.out = out;
  }

  void print(long process, String wish, List<ShownRing> rings) {
    out.println("process         " + process + ", " + rings.size() + " io_uring");
    out.println("wish            " + wish);
    for (ShownRing ring : rings) {
      out.printf(
          "ring %-11s%d slots, %d of them taken; %d registered buffers%n",
          ring.descriptor(), ring.slots(), ring.files().size(), ring.buffers());
      ring.files().stream()
          .limit(FILES_NAMED)
          .forEach(file -> out.println("                  " + file));
      if (ring.files().size() > FILES_NAMED) {
        out.println("                  and " + (ring.files().size() - FILES_NAMED) + " more");
      }
    }
    out.println("found           unknown: " + why(rings));
    out.flush();
  }

  void printJson(long process, String wish, List<ShownRing> rings) {
    out.println("{");
    out.println("  \"process\": " + process + ",");
    out.println("  \"wish\": " + PolicyJson.text(wish) + ",");
    out.println(
        "  \"rings\": "
            + rings.stream().map(PolicyProcessReport::json).collect(joining(", ", "[", "]"))
            + ",");
    out.println("  \"found\": null,");
    out.println("  \"why\": " + PolicyJson.text(why(rings)));
    out.println("}");
    out.flush();
  }

  private static String why(List<ShownRing> rings) {
    return rings.isEmpty() ? NONE : UNKNOWN;
  }

  private static String json(ShownRing ring) {
    return "{\"descriptor\": "
        + ring.descriptor()
        + ", \"slots\": "
        + ring.slots()
        + ", \"files\": "
        + ring.files().stream().map(PolicyJson::text).collect(joining(", ", "[", "]"))
        + ", \"buffers\": "
        + ring.buffers()
        + "}";
  }
}
