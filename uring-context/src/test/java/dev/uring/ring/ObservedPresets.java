package dev.uring.ring;

import static java.util.stream.Collectors.joining;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.Permission;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation.Answer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The tables of docs/allowlist.md, out of what was observed on a live ring under each preset: one
 * row a permission, one column a preset.
 */
final class ObservedPresets {
  private final Map<URingAllowlist, PolicyObservation> observed = new LinkedHashMap<>();

  ObservedPresets() {
    for (URingAllowlist preset : URingAllowlist.presets().values()) {
      try (Ring ring = PolicyRings.restricted(preset)) {
        observed.put(preset, PolicyRings.observe(ring));
      }
    }
  }

  /** What this kernel does not have, of which nothing can be said here. */
  Collection<String> absent() {
    Collection<String> absent = new TreeSet<>();
    observed
        .values()
        .forEach(
            found ->
                found
                    .findings()
                    .forEach(
                        (permission, answer) -> {
                          if (answer == Answer.ABSENT) {
                            absent.add(permission.textName());
                          }
                        }));
    return absent;
  }

  /** The row of each thing that the kernel has, or an empty text for what every preset denies. */
  Map<String, String> rows() {
    Map<String, String> rows = new LinkedHashMap<>();
    Collection<String> absent = absent();
    for (Permission permission : all()) {
      if (!absent.contains(permission.textName())) {
        rows.put(permission.textName(), row(permission));
      }
    }
    return rows;
  }

  String markdown() {
    return "\nObserved on Linux "
        + System.getProperty("os.version").replaceAll("^(\\d+\\.\\d+).*", "$1")
        + ".\n"
        + table("Request", List.of(UringOperation.values()))
        + table("Register call", List.of(RegisterCall.values()))
        + table("Entry flag", List.of(EntryFlag.values()));
  }

  private static List<Permission> all() {
    List<Permission> all = new ArrayList<>(List.of(UringOperation.values()));
    all.addAll(List.of(RegisterCall.values()));
    all.addAll(List.of(EntryFlag.values()));
    return all;
  }

  private String table(String kind, List<? extends Permission> permissions) {
    StringBuilder text = new StringBuilder("\n");
    text.append(
        row(
            kind + " | Since",
            observed.keySet().stream().map(preset -> preset.name().orElseThrow()).toList()));
    text.append(row("--- | ---", observed.keySet().stream().map(preset -> ":-:").toList()));
    List<String> denied = new ArrayList<>();
    for (Permission permission : permissions) {
      String row = row(permission);
      if (row.isEmpty()) {
        denied.add("`" + permission.textName() + "`");
      } else {
        text.append(row);
      }
    }
    if (!denied.isEmpty()) {
      text.append("\nDenied by every preset: ").append(String.join(", ", denied)).append(".\n");
    }
    return text.append('\n').toString();
  }

  private String row(Permission permission) {
    List<String> marks = new ArrayList<>();
    observed.forEach((preset, found) -> marks.add(mark(preset, permission, found)));
    return marks.stream().allMatch(String::isEmpty)
        ? ""
        : row("`%s` | %s".formatted(permission.textName(), permission.since()), marks);
  }

  private static String row(String head, List<String> cells) {
    return "| " + head + cells.stream().map(cell -> " | " + cell).collect(joining()) + " |\n";
  }

  private static String mark(
      URingAllowlist preset, Permission permission, PolicyObservation found) {
    return switch (found.answer(permission)) {
      case PERMITTED -> preset.addedByLibrary().contains(permission) ? "added" : "yes";
      case REQUIRED -> "required";
      case DENIED -> "";
      case UNTOLD -> "unseen";
      case ABSENT -> "absent";
    };
  }
}
