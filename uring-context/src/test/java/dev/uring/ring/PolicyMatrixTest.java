package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation.Answer;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request, register call and entry flag, on a live ring under every preset. */
class PolicyMatrixTest {
  static Collection<URingAllowlist> presets() {
    return URingAllowlist.presets().values();
  }

  private static <P extends Enum<P>> Set<P> with(
      Class<P> type, Map<P, Answer> found, Answer answer) {
    EnumSet<P> those = EnumSet.noneOf(type);
    found.forEach(
        (permission, its) -> {
          if (its == answer) {
            those.add(permission);
          }
        });
    return those;
  }

  private static <P extends Enum<P>> Set<P> there(Map<P, Answer> found, Set<P> wished) {
    EnumSet<P> there = EnumSet.copyOf(wished);
    there.removeIf(permission -> found.get(permission) == Answer.ABSENT);
    return there;
  }

  @ParameterizedTest
  @MethodSource("presets")
  void exactly_the_allowed_requests_pass(URingAllowlist preset) {
    try (Ring ring = PolicyRings.restricted(preset)) {
      Map<UringOperation, Answer> found = PolicyRings.observe(ring).operations();

      assertThat(found).hasSize(63);
      assertThat(with(UringOperation.class, found, Answer.PERMITTED))
          .isEqualTo(there(found, preset.effectiveOperations()));
      assertThat(found.values()).doesNotContain(Answer.UNTOLD, Answer.REQUIRED);
    }
  }

  @ParameterizedTest
  @MethodSource("presets")
  void exactly_the_allowed_register_calls_pass(URingAllowlist preset) {
    try (Ring ring = PolicyRings.restricted(preset)) {
      Map<RegisterCall, Answer> found = PolicyRings.observe(ring).registerCalls();

      assertThat(found).hasSize(36);
      assertThat(with(RegisterCall.class, found, Answer.PERMITTED))
          .isEqualTo(there(found, preset.effectiveRegisterCalls()));
      assertThat(found.values()).doesNotContain(Answer.UNTOLD, Answer.REQUIRED);
    }
  }

  @ParameterizedTest
  @MethodSource("presets")
  void exactly_the_allowed_flags_pass_and_the_required_ones_are_required(URingAllowlist preset) {
    try (Ring ring = PolicyRings.restricted(preset)) {
      Map<EntryFlag, Answer> found = PolicyRings.observe(ring).flags();

      assertThat(found).hasSize(7);
      assertThat(with(EntryFlag.class, found, Answer.REQUIRED)).isEqualTo(preset.requiredFlags());
      assertThat(with(EntryFlag.class, found, Answer.PERMITTED)).isEqualTo(preset.allowedFlags());
      // Of the requests that may be under "nothing" none can carry that flag.
      assertThat(with(EntryFlag.class, found, Answer.UNTOLD))
          .isEqualTo(
              preset.equals(URingAllowlist.nothing())
                  ? EnumSet.of(EntryFlag.BUFFER_SELECT)
                  : EnumSet.noneOf(EntryFlag.class));
    }
  }

  @ParameterizedTest
  @MethodSource("presets")
  void what_is_found_under_a_preset_differs_from_that_preset_only_not_at_all(
      URingAllowlist preset) {
    try (Ring ring = PolicyRings.restricted(preset)) {
      PolicyObservation found = PolicyRings.observe(ring);

      for (URingAllowlist other : presets()) {
        assertThat(found.differencesFrom(other).isEmpty())
            .as(preset + " held against " + other)
            .isEqualTo(other.equals(preset));
      }
      assertThat(found.isRestricted()).isTrue();
    }
  }

  @Test
  void a_ring_without_restrictions_permits_everything_that_the_kernel_has() {
    try (Ring ring = Ring.builder(8).build()) {
      PolicyObservation found = PolicyRings.observe(ring);

      assertThat(found.findings().values())
          .doesNotContain(Answer.DENIED, Answer.REQUIRED, Answer.UNTOLD);
      assertThat(found.findings()).hasSize(63 + 36 + 7);
      assertThat(found.isRestricted()).isFalse();
      assertThat(found.differencesFrom(URingAllowlist.closedBlockDevice())).isNotEmpty();
    }
  }
}
