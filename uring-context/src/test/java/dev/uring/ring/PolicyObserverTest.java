package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation.Answer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PolicyObserverTest {
  private static final int ECANCELED = 125;
  private static final int EOPNOTSUPP = 95;

  @Provide
  Arbitrary<URingAllowlist> lists() {
    Arbitrary<Set<EntryFlag>> flags = Arbitraries.of(EntryFlag.class).set();
    return Combinators.combine(
            Arbitraries.of(UringOperation.class).set(),
            Arbitraries.of(RegisterCall.class).set(),
            flags,
            flags.ofMaxSize(2))
        .as(
            (operations, calls, allowed, required) ->
                URingAllowlist.builder()
                    .allow(operations)
                    .allowRegister(calls)
                    .allowFlags(allowed)
                    .requireFlags(required)
                    .build());
  }

  /** Except where a flag is required that only some requests can carry: the others never pass. */
  @Property(tries = 200)
  void under_any_list_the_finding_is_the_list(@ForAll("lists") URingAllowlist list) {
    Set<UringOperation> carriers =
        EnumSet.of(
            UringOperation.READV,
            UringOperation.READ,
            UringOperation.RECV,
            UringOperation.RECVMSG,
            UringOperation.SEND,
            UringOperation.SENDMSG,
            UringOperation.READ_MULTISHOT,
            UringOperation.URING_CMD);
    try (Ring ring = PolicyRings.restricted(list)) {
      PolicyObservation found = PolicyRings.observe(ring);

      if (!list.requiredFlags().contains(EntryFlag.BUFFER_SELECT)) {
        assertThat(found.differencesFrom(list)).isEmpty();
      } else if (list.operations().stream().anyMatch(carriers::contains)) {
        assertThat(found.differencesFrom(list))
            .allMatch(d -> d.permission() instanceof UringOperation && d.found() == Answer.DENIED);
      } else {
        assertThat(found.operations().values()).doesNotContain(Answer.PERMITTED);
      }
    }
  }

  @Test
  void requests_in_flight_go_on_and_their_completions_are_handed_over_in_order() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.service())) {
      // One completes at once, so its completion is in the queue; the other waits to be cancelled.
      TimeoutRequests.timeout(next(ring), 0, 0, 0).userData(4711);
      assertThat(ring.submit()).isNegative();
    } catch (IllegalStateException e) {
      throw new AssertionError(e);
    }
  }

  private static SubmissionEntry next(Ring ring) {
    return Objects.requireNonNull(ring.submission().next());
  }
}
