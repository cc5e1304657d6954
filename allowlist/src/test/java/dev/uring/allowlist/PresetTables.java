package dev.uring.allowlist;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;

/** The tables of docs/allowlist.md: one row a permission, one column a preset. */
final class PresetTables {
  private static final Collection<URingAllowlist> PRESETS = URingAllowlist.presets().values();

  private PresetTables() {}

  static String markdown() {
    return table("Request", List.of(UringOperation.values()), PresetTables::operation)
        + table("Register call", List.of(RegisterCall.values()), PresetTables::registerCall)
        + table("Entry flag", List.of(EntryFlag.values()), PresetTables::flag);
  }

  private static <P extends Permission> String table(
      String kind, List<P> permissions, BiFunction<URingAllowlist, P, String> mark) {
    StringBuilder text = new StringBuilder("\n");
    text.append(row(kind + " | Since", PRESETS.stream().map(p -> p.name().orElseThrow()).toList()));
    text.append(row("--- | ---", PRESETS.stream().map(p -> ":-:").toList()));
    List<String> denied = new ArrayList<>();
    for (P permission : permissions) {
      List<String> marks = PRESETS.stream().map(p -> mark.apply(p, permission)).toList();
      if (marks.stream().allMatch(String::isEmpty)) {
        denied.add("`" + permission.textName() + "`");
      } else {
        text.append(row("`%s` | %s".formatted(permission.textName(), permission.since()), marks));
      }
    }
    if (!denied.isEmpty()) {
      text.append("\nDenied by every preset: ").append(String.join(", ", denied)).append(".\n");
    }
    return text.append('\n').toString();
  }

  private static String row(String head, List<String> cells) {
    return "| " + head + cells.stream().map(cell -> " | " + cell).collect(joining()) + " |\n";
  }

  private static String operation(URingAllowlist preset, UringOperation operation) {
    return mark(preset, operation, preset.effectiveOperations().contains(operation));
  }

  private static String registerCall(URingAllowlist preset, RegisterCall call) {
    return mark(preset, call, preset.effectiveRegisterCalls().contains(call));
  }

  private static String mark(URingAllowlist preset, Permission permission, boolean permitted) {
    if (!permitted) {
      return "";
    }
    return preset.addedByLibrary().contains(permission) ? "added" : "yes";
  }

  private static String flag(URingAllowlist preset, EntryFlag flag) {
    if (preset.effectiveRequiredFlags().contains(flag)) {
      return "required";
    }
    return preset.effectiveAllowedFlags().contains(flag) ? "yes" : "";
  }
}
