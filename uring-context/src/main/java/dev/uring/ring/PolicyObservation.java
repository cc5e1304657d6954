package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.Permission;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a live ring was seen to permit, by {@link PolicyObserver}. Immutable.
 *
 * <p>It says of every request, register call and entry flag that this library knows what the kernel
 * answered, and where that differs from an allowlist.
 */
public final class PolicyObservation {
  /** What the kernel does with one thing on the observed ring. */
  public enum Answer {
    /** Passes the ring's restrictions. */
    PERMITTED("permitted"),
    /** A flag without which no entry passes. */
    REQUIRED("required"),
    /** Refused, whatever else is right. */
    DENIED("denied"),
    /** The kernel does not have it, so it cannot be done. */
    ABSENT("not in this kernel"),
    /**
     * Could not be seen: no permitted request can carry the flag, or trying it would have cost the
     * ring something.
     */
    UNTOLD("cannot be seen");

    private final String text;

    Answer(String text) {
      this.text = text;
    }

    /** In words, such as {@code denied}. */
    public String text() {
      return text;
    }
  }

  /**
   * One thing that is otherwise than an allowlist says.
   *
   * @param permission the thing
   * @param wished what the allowlist says
   * @param found what the ring was seen to do
   */
  public record Difference(Permission permission, Answer wished, Answer found) {
    @Override
    public String toString() {
      return permission.textName() + ": wished " + wished.text() + ", found " + found.text();
    }
  }

  private final Map<UringOperation, Answer> operations;
  private final Map<RegisterCall, Answer> registerCalls;
  private final Map<EntryFlag, Answer> flags;

  PolicyObservation(
      Map<UringOperation, Answer> operations,
      Map<RegisterCall, Answer> registerCalls,
      Map<EntryFlag, Answer> flags) {
    this.operations = Collections.unmodifiableMap(new EnumMap<>(operations));
    this.registerCalls = Collections.unmodifiableMap(new EnumMap<>(registerCalls));
    this.flags = Collections.unmodifiableMap(new EnumMap<>(flags));
  }

  /**
   * What another process found and told: as trustworthy as that process.
   *
   * @param told an answer for every request, register call and flag
   * @throws IllegalArgumentException if one is missing
   */
  public static PolicyObservation told(Map<? extends Permission, Answer> told) {
    return new PolicyObservation(
        all(UringOperation.class, UringOperation.values(), told),
        all(RegisterCall.class, RegisterCall.values(), told),
        all(EntryFlag.class, EntryFlag.values(), told));
  }

  private static <P extends Enum<P> & Permission> Map<P, Answer> all(
      Class<P> type, P[] permissions, Map<? extends Permission, Answer> told) {
    Map<P, Answer> answers = new EnumMap<>(type);
    for (P permission : permissions) {
      Answer answer = told.get(permission);
      if (answer == null) {
        throw new IllegalArgumentException("nothing is told of " + permission.textName());
      }
      answers.put(permission, answer);
    }
    return answers;
  }

  /** What was found of every request; an entry for each, in the order of their numbers. */
  public Map<UringOperation, Answer> operations() {
    return operations;
  }

  /** What was found of every register call; an entry for each, in the order of their numbers. */
  public Map<RegisterCall, Answer> registerCalls() {
    return registerCalls;
  }

  /** What was found of every entry flag; an entry for each. */
  public Map<EntryFlag, Answer> flags() {
    return flags;
  }

  /** What was found of one thing. */
  public Answer answer(Permission permission) {
    Answer answer = findings().get(permission);
    if (answer == null) {
      throw new IllegalStateException(permission + " was not asked for");
    }
    return answer;
  }

  /** Everything that was asked for: requests, then register calls, then flags. */
  public Map<Permission, Answer> findings() {
    Map<Permission, Answer> all = new LinkedHashMap<>(operations);
    all.putAll(registerCalls);
    all.putAll(flags);
    return Collections.unmodifiableMap(all);
  }

  /** Whether the kernel refuses anything on this ring, or demands a flag. */
  public boolean isRestricted() {
    return findings().values().stream()
        .anyMatch(answer -> answer == Answer.DENIED || answer == Answer.REQUIRED);
  }

  /**
   * What is in force otherwise than {@code wish} says, what the library adds to it included; empty
   * if the ring does exactly what was wished. What the kernel does not have, and what could not be
   * seen, is no difference.
   */
  public List<Difference> differencesFrom(URingAllowlist wish) {
    List<Difference> differences = new ArrayList<>();
    findings()
        .forEach(
            (permission, found) -> {
              Answer wished = wished(wish, permission);
              boolean seen = found != Answer.ABSENT && found != Answer.UNTOLD;
              if (seen && found != wished) {
                differences.add(new Difference(permission, wished, found));
              }
            });
    return List.copyOf(differences);
  }

  /** What an allowlist says of one thing, with what the library adds to every list. */
  public static Answer wished(URingAllowlist wish, Permission permission) {
    if (permission instanceof EntryFlag flag && wish.effectiveRequiredFlags().contains(flag)) {
      return Answer.REQUIRED;
    }
    boolean permitted =
        wish.effectiveOperations().contains(permission)
            || wish.effectiveRegisterCalls().contains(permission)
            || wish.effectiveAllowedFlags().contains(permission);
    return permitted ? Answer.PERMITTED : Answer.DENIED;
  }

  @Override
  public String toString() {
    return "PolicyObservation" + findings();
  }
}
