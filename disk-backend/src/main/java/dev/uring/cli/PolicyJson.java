package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.cli.PolicyFinding.Row;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A wish and a finding as one JSON object, for programs. */
final class PolicyJson {
  private final PrintWriter out;

  PolicyJson(PrintWriter out) {
    this.out = out;
  }

  void print(PolicyFinding finding) {
    Optional<PolicyProfile> profile = PolicyProfile.of(finding.given());
    out.println("{");
    out.println("  \"wish\": " + text(finding.origin()) + ",");
    out.println("  \"subject\": " + text(finding.subject()) + ",");
    out.println("  \"rings\": " + finding.rings().size() + ",");
    out.println("  \"profile\": " + profile.map(its -> text(its.preset())).orElse("null") + ",");
    out.println("  \"exact\": " + profile.map(PolicyProfile::exact).orElse(false) + ",");
    out.println("  \"promises\": " + texts(profile.map(PolicyProfile::promises)) + ",");
    out.println("  \"cannotPromise\": " + texts(profile.map(PolicyProfile::cannotPromise)) + ",");
    out.println("  \"taskRestrictions\": " + word(finding.task()) + ",");
    out.println("  \"requestFilters\": " + word(finding.filters()) + ",");
    out.println("  \"permissions\": [");
    out.println(finding.rows().stream().map(PolicyJson::row).collect(joining(",\n")));
    out.println("  ],");
    out.println("  \"differs\": " + finding.differs());
    out.println("}");
    out.flush();
  }

  private static String row(Row row) {
    return "    {\"kind\": "
        + text(row.kind())
        + ", \"name\": "
        + text(row.permission().textName())
        + ", \"wish\": "
        + word(row.wished())
        + ", \"added\": "
        + row.added()
        + ", \"found\": "
        + row.found().stream().map(PolicyJson::word).collect(joining(", ", "[", "]"))
        + ", \"differs\": "
        + row.differs()
        + "}";
  }

  private static String word(@Nullable Enum<?> value) {
    return value == null ? "null" : text(value.name().toLowerCase(Locale.ROOT));
  }

  private static String texts(Optional<List<String>> sentences) {
    return sentences.orElse(List.of()).stream()
        .map(PolicyJson::text)
        .collect(joining(", ", "[", "]"));
  }

  /** A string as JSON has it. File names may hold anything. */
  static String text(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int index = 0; index < value.length(); index++) {
      char character = value.charAt(index);
      if (character == '"' || character == '\\') {
        quoted.append('\\').append(character);
      } else if (character < ' ' || Character.isSurrogate(character) || character == 0x7F) {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) character));
      } else {
        quoted.append(character);
      }
    }
    return quoted.append('"').toString();
  }
}
