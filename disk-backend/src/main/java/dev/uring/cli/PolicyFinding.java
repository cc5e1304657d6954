package dev.uring.cli;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.Permission;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.PolicyObservation.Answer;
import dev.uring.ring.TaskRestrictions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wish held against live rings.
 *
 * @param origin where the wish comes from, for people
 * @param wish what the rings shall permit
 * @param subject whose rings they are, for people
 * @param given the list that these rings were restricted with
 * @param rings what each was found to permit, one or more
 * @param task whether rings that the asked process makes are restricted from birth; null if unknown
 * @param filters whether its requests are filtered one by one; null if unknown
 */
record PolicyFinding(
    String origin,
    URingAllowlist wish,
    String subject,
    URingAllowlist given,
    List<PolicyObservation> rings,
    TaskRestrictions.@Nullable State task,
    TaskRestrictions.@Nullable State filters) {
  PolicyFinding {
    rings = List.copyOf(rings);
  }

  /**
   * One thing, as wished and as found.
   *
   * @param permission the thing
   * @param wished what the list says
   * @param added whether only the library wished it
   * @param found what each ring was found to do
   * @param differs whether any of them does otherwise than wished
   */
  record Row(
      Permission permission, Answer wished, boolean added, List<Answer> found, boolean differs) {
    String kind() {
      if (permission instanceof UringOperation) {
        return "request";
      }
      return permission instanceof RegisterCall ? "register call" : "entry flag";
    }

    /** Denied as wished: what needs no line of its own. */
    boolean isPlainlyDenied() {
      return wished == Answer.DENIED
          && found.stream().allMatch(answer -> answer == Answer.DENIED || answer == Answer.ABSENT);
    }
  }

  /** Every request, register call and flag. */
  List<Row> rows() {
    List<Permission> permissions = new ArrayList<>(List.of(UringOperation.values()));
    permissions.addAll(List.of(RegisterCall.values()));
    permissions.addAll(List.of(EntryFlag.values()));
    return permissions.stream().map(this::row).toList();
  }

  private Row row(Permission permission) {
    List<Answer> found = rings.stream().map(ring -> ring.answer(permission)).toList();
    boolean differs =
        rings.stream()
            .flatMap(ring -> ring.differencesFrom(wish).stream())
            .anyMatch(difference -> difference.permission().equals(permission));
    return new Row(
        permission,
        PolicyObservation.wished(wish, permission),
        wish.addedByLibrary().contains(permission),
        found,
        differs);
  }

  boolean differs() {
    return rings.stream().anyMatch(ring -> !ring.differencesFrom(wish).isEmpty());
  }
}
