package dev.uring.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import dev.uring.Descriptor;
import dev.uring.SealedFile;
import dev.uring.allowlist.AllowlistText;
import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.Permission;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.PolicyObservation.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server found on its rings when it started, left for {@code uring-disk policy --pid} in a
 * file in memory that nobody can change. Lines of words:
 *
 * <pre>
 * uring-disk policy 1
 * wish allow nop read …        the list, in its text form
 * ring                         begins each ring
 * nop permitted
 * openat denied
 * </pre>
 *
 * @param wish what the rings were given
 * @param rings what each was found to permit
 */
record PolicyRecord(URingAllowlist wish, List<PolicyObservation> rings) {
  /** The file's name, as {@code /proc} shows it. */
  static final String NAME = "uring-disk-policy";

  /** More than a server of the most rings writes. */
  static final int MAXIMUM_BYTES = 1 << 20;

  private static final String FIRST_LINE = "uring-disk policy 1";
  private static final String WISH = "wish ";
  private static final String RING = "ring";

  PolicyRecord {
    rings = List.copyOf(rings);
  }

  /** Leaves the record for as long as the descriptor is open, which the caller closes. */
  Descriptor keep() {
    return SealedFile.of(NAME, text().getBytes(UTF_8));
  }

  String text() {
    StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
    AllowlistText.format(wish).lines().forEach(line -> text.append(WISH).append(line).append('\n'));
    for (PolicyObservation ring : rings) {
      text.append(RING).append('\n');
      ring.findings()
          .forEach(
              (permission, answer) ->
                  text.append(permission.textName())
                      .append(' ')
                      .append(answer.name().toLowerCase(Locale.ROOT))
                      .append('\n'));
    }
    return text.toString();
  }

  /** Reads one that some process has left; empty if it makes no sense. */
  static Optional<PolicyRecord> read(byte[] content) {
    List<String> lines =
        Splitter.on('\n').omitEmptyStrings().splitToList(new String(content, UTF_8));
    if (lines.isEmpty() || !lines.get(0).equals(FIRST_LINE)) {
      return Optional.empty();
    }
    StringBuilder wish = new StringBuilder();
    List<Map<Permission, Answer>> rings = new ArrayList<>();
    Map<String, Permission> names = names();
    for (String line : lines.subList(1, lines.size())) {
      if (line.startsWith(WISH)) {
        wish.append(line.substring(WISH.length())).append('\n');
      } else if (line.equals(RING)) {
        rings.add(new HashMap<>());
      } else if (rings.isEmpty() || !add(line, names, rings.get(rings.size() - 1))) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(
          new PolicyRecord(
              AllowlistText.parse(wish.toString()),
              rings.stream().map(PolicyObservation::told).toList()));
    } catch (IllegalArgumentException e) {
      // The wish is no list, or a ring does not tell of everything.
      return Optional.empty();
    }
  }

  private static boolean add(
      String line, Map<String, Permission> names, Map<Permission, Answer> ring) {
    int blank = line.indexOf(' ');
    Permission permission = blank < 0 ? null : names.get(line.substring(0, blank));
    if (permission == null) {
      return false;
    }
    String word = line.substring(blank + 1);
    for (Answer answer : Answer.values()) {
      if (answer.name().toLowerCase(Locale.ROOT).equals(word)) {
        return ring.put(permission, answer) == null;
      }
    }
    return false;
  }

  private static Map<String, Permission> names() {
    List<Permission> all = new ArrayList<>(List.of(UringOperation.values()));
    all.addAll(List.of(RegisterCall.values()));
    all.addAll(List.of(EntryFlag.values()));
    Map<String, Permission> names = new HashMap<>();
    for (Permission permission : all) {
      names.put(permission.textName(), permission);
    }
    return names;
  }
}
