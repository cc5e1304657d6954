package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.cli.PolicyProcess.Shown;
import dev.uring.cli.PolicyProcess.ShownRing;
import java.io.PrintWriter;
import java.util.List;

/** What can be learnt of another process's rings, and that their restrictions cannot. */
final class PolicyProcessReport {
  private static final int FILES_NAMED = 8;

  /** Why it cannot be known, and who knows it. */
  static final String UNKNOWN =
      "what these rings permit cannot be learnt from outside: the kernel shows their tables and not"
          + " their restrictions, and answers nobody but the thread that owns a ring; a process that"
          + " uring-disk serve runs in would have told";

  /** Not all of its rings are those that it has told of. */
  static final String OTHERS =
      "the process has told of other rings than it has now, so what it told is not believed";

  /** A ring can live on without a descriptor, and then nothing shows it. */
  static final String NONE =
      "no io_uring is open in this process; one whose descriptor was closed would not be seen";

  private final PrintWriter out;

  PolicyProcessReport(PrintWriter out) {
    this.out = out;
  }

  void print(long process, String wish, Shown shown) {
    printTables(process, shown.rings());
    out.println("wish            " + wish);
    out.println("found           unknown: " + why(shown));
    out.flush();
  }

  /** What lies in the tables of a process's rings, as the kernel names it. */
  void printTables(long process, List<ShownRing> rings) {
    out.println("process         " + process + ", " + rings.size() + " io_uring");
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
  }

  void printJson(long process, String wish, Shown shown) {
    List<ShownRing> rings = shown.rings();
    out.println("{");
    out.println("  \"process\": " + process + ",");
    out.println("  \"wish\": " + PolicyJson.text(wish) + ",");
    out.println(
        "  \"rings\": "
            + rings.stream().map(PolicyProcessReport::json).collect(joining(", ", "[", "]"))
            + ",");
    out.println("  \"found\": null,");
    out.println("  \"why\": " + PolicyJson.text(why(shown)));
    out.println("}");
    out.flush();
  }

  private static String why(Shown shown) {
    if (shown.told().isPresent()) {
      return OTHERS;
    }
    return shown.rings().isEmpty() ? NONE : UNKNOWN;
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
