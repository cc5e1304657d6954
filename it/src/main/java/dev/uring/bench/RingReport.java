package dev.uring.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The rows of the ring bench as a table for people and as JSON for programs. */
final class RingReport {
  private RingReport() {}

  static String table(List<RingRow> rows) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-22s %5s  %-16s %3s %9s %6s  %-12s %10s %6s %7s%n",
            "work",
            "batch",
            "subject",
            "jdk",
            "ns",
            "ratio",
            "lowest..high",
            "other clock",
            "target",
            "B/req"));
    for (RingRow row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-22s %5d  %-16s %3s %9.1f",
              row.row().work().label(),
              row.row().batch(),
              row.subject(),
              row.jdk() == null ? "-" : row.jdk(),
              row.nanoseconds()));
      if (row.hasRatio()) {
        text.append(
            String.format(
                Locale.ROOT,
                " %6.3f  %-12s %11.3f %6.2f %7.2f%s",
                row.ratio(),
                String.format(Locale.ROOT, "%.2f..%.2f", row.lowestRatio(), row.highestRatio()),
                row.otherRatio(),
                row.target(),
                row.allocatedBytes(),
                missed(row) ? "  above target" : ""));
      }
      text.append(System.lineSeparator());
    }
    return text.toString();
  }

  private static boolean missed(RingRow row) {
    Double target = row.target();
    return target != null && row.ratio() > target;
  }

  static String json(List<RingRow> rows) {
    List<String> objects = new ArrayList<>();
    for (RingRow row : rows) {
      objects.add("  {" + String.join(", ", fields(row)) + "}");
    }
    return "[\n" + String.join(",\n", objects) + "\n]\n";
  }

  private static List<String> fields(RingRow row) {
    List<String> fields = new ArrayList<>();
    fields.add(text("subject", row.subject()));
    fields.add(text("work", row.row().work().label()));
    fields.add("\"batch\": " + row.row().batch());
    String jdk = row.jdk();
    fields.add("\"jdk\": " + (jdk == null ? "null" : jdk));
    fields.add(number("ns", row.nanoseconds()));
    if (row.hasRatio()) {
      fields.add(number("ratio", row.ratio()));
      fields.add(number("ratio_lowest", row.lowestRatio()));
      fields.add(number("ratio_highest", row.highestRatio()));
      fields.add(number("ratio_other_clock", row.otherRatio()));
    } else {
      // C is its own reference; a subject in Java has no ratio where C could not be built.
      fields.add("\"ratio\": " + (row.reference() == null ? "1.0" : "null"));
    }
    String reference = row.reference();
    if (reference != null) {
      fields.add(text("to", reference));
      fields.add("\"target\": " + row.target());
    }
    fields.add(text("clock", row.clock()));
    fields.add(number("cpu_ns", row.processorNanoseconds()));
    fields.add(number("wall_ns", row.wallNanoseconds()));
    fields.add(number("allocated_bytes", row.allocatedBytes()));
    fields.add("\"processor\": " + row.boundTo());
    fields.add("\"rounds\": " + row.rounds());
    return fields;
  }

  /** Every name and value here is ours, and none has a character that JSON would want escaped. */
  private static String text(String name, String value) {
    return "\"" + name + "\": \"" + value + "\"";
  }

  private static String number(String name, double value) {
    return String.format(Locale.ROOT, "\"%s\": %.3f", name, value);
  }
}
