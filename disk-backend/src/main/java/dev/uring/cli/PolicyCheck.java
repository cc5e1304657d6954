package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.PolicyObservation.Difference;
import java.util.List;
import java.util.function.Consumer;

/** Has a server start only if the kernel does with its rings what their allowlist says. */
final class PolicyCheck {
  private static final int NAMED = 5;

  private PolicyCheck() {}

  /** Throws a {@link FailureException} when told of a ring that does otherwise than wished. */
  static Consumer<PolicyObservation> of(URingAllowlist wish) {
    return found -> {
      List<Difference> differences = found.differencesFrom(wish);
      if (!differences.isEmpty()) {
        throw new FailureException(
            "the kernel does not do what the ring's allowlist says ("
                + differences.stream().limit(NAMED).map(Object::toString).collect(joining("; "))
                + (differences.size() > NAMED ? "; and more" : "")
                + "), so nothing is served: use another kernel; ./uring-disk policy tells all");
      }
    };
  }
}
