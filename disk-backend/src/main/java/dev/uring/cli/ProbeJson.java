package dev.uring.cli;

import dev.uring.ring.Capability;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was found, as one JSON object (RFC 8259), for programs.
 *
 * <pre>
 *   usable   true if disks can be served here
 *   reason   why not, or empty
 *   system   an object of texts
 *   wanted   what uring-disk wants: kind, name, since, use, offered, remark
 *   kernel   everything of io_uring: kind, number, name, since, known, offered, source, reason
 * </pre>
 */
final class ProbeJson {
  private final StringBuilder out = new StringBuilder();

  private ProbeJson() {}

  static String of(
      Map<String, String> system, List<Finding> wanted, List<Capability> kernel, String reason) {
    ProbeJson json = new ProbeJson();
    json.out.append("{\n  \"usable\": ").append(reason.isEmpty());
    json.out.append(",\n  \"reason\": ").append(text(reason));
    json.system(system);
    json.wanted(wanted);
    json.kernel(kernel);
    json.out.append("\n}\n");
    return json.out.toString();
  }

  private void system(Map<String, String> system) {
    out.append(",\n  \"system\": {");
    String separator = "\n";
    for (Map.Entry<String, String> fact : system.entrySet()) {
      out.append(separator).append("    ").append(text(fact.getKey())).append(": ");
      out.append(text(fact.getValue()));
      separator = ",\n";
    }
    out.append("\n  }");
  }

  private void wanted(List<Finding> wanted) {
    out.append(",\n  \"wanted\": [");
    String separator = "\n    {";
    for (Finding finding : wanted) {
      out.append(separator).append("\"kind\": ").append(text(finding.kind()));
      member("name", text(finding.name()));
      member("since", text(finding.since()));
      member("use", text(finding.use().name().toLowerCase(Locale.ROOT)));
      member("offered", Boolean.toString(finding.there()));
      member("remark", text(finding.remark())).append("}");
      separator = ",\n    {";
    }
    out.append("\n  ]");
  }

  private void kernel(List<Capability> kernel) {
    out.append(",\n  \"kernel\": [");
    String separator = "\n    {";
    for (Capability one : kernel) {
      out.append(separator).append("\"kind\": ");
      out.append(text(one.kind().name().toLowerCase(Locale.ROOT)));
      member("number", Integer.toString(one.number()));
      member("name", text(one.kernelName()));
      member("since", text(one.since()));
      member("known", Boolean.toString(one.known()));
      member("offered", Boolean.toString(one.offered()));
      member("source", text(one.source().name().toLowerCase(Locale.ROOT)));
      member("reason", text(one.reason())).append("}");
      separator = ",\n    {";
    }
    out.append("\n  ]");
  }

  private StringBuilder member(String name, String value) {
    return out.append(", \"").append(name).append("\": ").append(value);
  }

  /** A string with what JSON does not take as it is written as an escape. */
  static String text(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int index = 0; index < value.length(); index++) {
      char one = value.charAt(index);
      if (one == '"' || one == '\\') {
        quoted.append('\\').append(one);
      } else if (one < ' ') {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) one));
      } else {
        quoted.append(one);
      }
    }
    return quoted.append('"').toString();
  }
}
