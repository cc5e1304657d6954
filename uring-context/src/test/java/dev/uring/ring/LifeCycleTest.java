package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Made disabled, files and buffers, restrictions, enabled: each step out of that order. */
class LifeCycleTest {
  private static final URingAllowlist LIST = URingAllowlist.closedBlockDevice();

  private static void refused(ThrowingCallable step, String sentence) {
    assertThatThrownBy(step)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining(sentence)
        .hasMessageNotContainingAny("EBADFD", "EBUSY", "EACCES", "errno");
  }

  @Test
  void a_ring_that_was_never_disabled_is_not_restricted() {
    try (Ring ring = Ring.builder(4).build()) {
      refused(() -> ring.registrar().restrict(LIST), "make the ring disabled()");
    }
  }

  @Test
  void a_ring_that_was_enabled_without_restrictions_is_not_restricted_afterwards() {
    try (Ring ring = Ring.builder(4).disabled().build()) {
      ring.registrar().enable();

      refused(() -> ring.registrar().restrict(LIST), "enabled cannot be restricted");
    }
  }

  @Test
  void a_ring_is_restricted_once_only() {
    try (Ring ring = Ring.builder(4).disabled().build()) {
      ring.registrar().restrict(LIST);

      refused(() -> ring.registrar().restrict(LIST), "once and for good");

      ring.registrar().enable();
      refused(() -> ring.registrar().restrict(LIST), "once and for good");
    }
  }

  @Test
  void a_ring_is_enabled_once_only() {
    try (Ring ring = Ring.builder(4).disabled().build();
        Ring restricted = Ring.builder(4).disabled().build();
        Ring neverDisabled = Ring.builder(4).build()) {
      ring.registrar().enable();
      restricted.registrar().restrict(LIST);
      restricted.registrar().enable();

      refused(() -> ring.registrar().enable(), "enabled already");
      refused(() -> restricted.registrar().enable(), "enabled already");
      refused(() -> neverDisabled.registrar().enable(), "enabled already");
    }
  }

  @Test
  void a_disabled_ring_takes_no_requests_and_keeps_them_until_it_is_enabled() {
    try (Ring ring = Ring.builder(4).disabled().build()) {
      RingRequests.nop(Objects.requireNonNull(ring.submission().next()));

      refused(ring::submit, "enable it first");
      refused(() -> ring.submitAndWait(1), "enable it first");
      refused(() -> ring.submitAndWait(1, 1_000_000), "enable it first");
      refused(() -> ring.newTimedWait().enter(1, 1, 1_000_000), "enable it first");
      refused(ring::flush, "enable it first");
      refused(() -> ring.enter(1, 0, EnterFlags.NONE), "enable it first");

      ring.registrar().enable();
      assertThat(ring.submitAndWait(1)).isEqualTo(1);
      assertThat(ring.completion().available()).isEqualTo(1);
    }
  }

  @Test
  void files_and_buffers_come_before_enabling_where_the_list_does_not_permit_them_later() {
    try (Ring ring = Ring.builder(4).disabled().build()) {
      ring.registrar().restrict(LIST);
      ring.registrar().files().register(new int[] {0});
      ring.registrar().enable();

      for (ThrowingCallable late :
          new ThrowingCallable[] {
            () -> ring.registrar().files().register(new int[] {0}),
            () -> ring.registrar().files().update(0, 1),
            () -> ring.registrar().buffers().register(new long[] {0}, new int[] {4096}),
          }) {
        assertThatThrownBy(late)
            .isInstanceOf(UringException.class)
            .hasMessageContaining("registered while it is disabled");
      }
      FileRequests.fsync(Objects.requireNonNull(ring.submission().next()), 0)
          .flag(EntryFlag.FIXED_FILE);
      assertThat(ring.submitAndWait(1)).isEqualTo(1);
    }
  }

  @Test
  void a_list_that_permits_it_lets_the_table_change_after_enabling() {
    try (Ring ring = Ring.builder(4).disabled().build()) {
      ring.registrar().files().register(new int[] {0});
      ring.registrar().restrict(URingAllowlist.mutableBlockDevice());
      ring.registrar().enable();

      ring.registrar().files().update(0, -1);
    }
  }
}
