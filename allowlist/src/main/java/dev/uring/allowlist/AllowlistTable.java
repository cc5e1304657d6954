package dev.uring.allowlist;

import static java.util.stream.Collectors.joining;

import com.google.common.base.Strings;
import java.util.Collection;
import java.util.Set;

/** How an allowlist is printed. */
final class AllowlistTable {
  private static final String ADDED = "added by the library";

  private final StringBuilder text = new StringBuilder();
  private final Set<Permission> added;

  private AllowlistTable(URingAllowlist list) {
    added = list.addedByLibrary();
  }

  static String of(URingAllowlist list) {
    AllowlistTable table = new AllowlistTable(list);
    table.text.append("allowlist ").append(list.name().orElse("(without a name)")).append('\n');
    table.row("kind", "name", "since", "remark");
    table.rows("request", list.effectiveOperations());
    table.rows("register call", list.effectiveRegisterCalls());
    for (EntryFlag flag : list.effectiveAllowedFlags()) {
      boolean required = list.requiredFlags().contains(flag);
      table.row("entry flag", flag.textName(), flag.since(), required ? "required" : "");
    }
    return table.text.toString();
  }

  static String line(URingAllowlist list) {
    StringBuilder line = new StringBuilder("URingAllowlist[");
    line.append(list.name().orElse("unnamed"));
    append(line, "allow", list.operations());
    append(line, "allow-register", list.registerCalls());
    append(line, "allow-flags", list.allowedFlags());
    append(line, "require-flags", list.requiredFlags());
    append(line, ADDED + ":", list.addedByLibrary());
    return line.append(']').toString();
  }

  private static void append(
      StringBuilder line, String label, Collection<? extends Permission> permissions) {
    if (!permissions.isEmpty()) {
      line.append("; ").append(label).append(' ');
      line.append(permissions.stream().map(Permission::textName).collect(joining(" ")));
    }
  }

  private void rows(String kind, Collection<? extends Permission> permissions) {
    for (Permission permission : permissions) {
      row(kind, permission.textName(), permission.since(), added.contains(permission) ? ADDED : "");
    }
  }

  private void row(String kind, String name, String since, String remark) {
    String row =
        Strings.padEnd(kind, 15, ' ')
            + Strings.padEnd(name, 28, ' ')
            + Strings.padEnd(since, 7, ' ')
            + remark;
    text.append("  ").append(row.stripTrailing()).append('\n');
  }
}
