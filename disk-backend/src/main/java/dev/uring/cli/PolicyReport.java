package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.cli.PolicyFinding.Row;
import dev.uring.ring.PolicyObservation.Answer;
import dev.uring.ring.TaskRestrictions;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A wish and a finding side by side, for people. */
final class PolicyReport {
  private static final String INDENT = "                ";

  private final PrintWriter out;

  PolicyReport(PrintWriter out) {
    this.out = out;
  }

  void print(PolicyFinding finding) {
    line("wish", finding.origin());
    line("found on", finding.subject());
    printProfile(PolicyProfile.of(finding.given()));
    line("task-wide", "restrictions of threads: " + sentence(finding.task()));
    out.println(INDENT + "filters on requests: " + sentence(finding.filters()));
    out.println();
    printRows(finding.rows());
    out.println();
    List<Row> different = finding.rows().stream().filter(Row::differs).toList();
    out.println(
        different.isEmpty()
            ? "In force is what was wished."
            : "In force is NOT what was wished: "
                + different.stream().map(row -> row.permission().textName()).collect(joining(", "))
                + ".");
    out.flush();
  }

  private static String sentence(TaskRestrictions.@Nullable State state) {
    return state == null ? "of another process they cannot be seen" : state.sentence();
  }

  private void printProfile(Optional<PolicyProfile> profile) {
    if (profile.isEmpty()) {
      line(
          "profile",
          "none: their list permits more than any preset does, so nothing is promised of it");
      return;
    }
    PolicyProfile its = profile.get();
    line("profile", (its.exact() ? "" : "a list of its own, within ") + its.preset());
    printAll("promises", its.promises());
    printAll("cannot promise", its.cannotPromise());
  }

  private void printAll(String label, List<String> sentences) {
    String name = label;
    for (String sentence : sentences) {
      line(name, sentence);
      name = "";
    }
  }

  private void printRows(List<Row> rows) {
    row("", "", "wish", "found", "");
    for (Row row : rows) {
      if (!row.isPlainlyDenied()) {
        row(
            row.kind(),
            row.permission().textName(),
            row.added() ? "added" : row.wished().text(),
            found(row.found()),
            row.differs() ? "DIFFERS" : "");
      }
    }
    out.println();
    List<Row> denied = rows.stream().filter(Row::isPlainlyDenied).toList();
    out.println(
        "  denied as wished: "
            + count(denied, "request")
            + " requests, "
            + count(denied, "register call")
            + " register calls, "
            + count(denied, "entry flag")
            + " entry flags");
    out.println("  added: by the library, which needs it to close a ring");
  }

  private static long count(List<Row> rows, String kind) {
    return rows.stream().filter(row -> row.kind().equals(kind)).count();
  }

  private static String found(List<Answer> rings) {
    return rings.stream().distinct().map(Answer::text).collect(joining(" or "));
  }

  private void row(String kind, String name, String wish, String found, String remark) {
    out.println(
        String.format(Locale.ROOT, "  %-15s%-24s%-12s%-20s%s", kind, name, wish, found, remark)
            .stripTrailing());
  }

  private void line(String label, String text) {
    out.printf("%-16s%s%n", label, text);
  }
}
