package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The four kinds of restrictions, and when they can be made. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RestrictionsTest {

  private static Ring restricted(Layout layout, URingAllowlist allowlist) {
    Ring ring = layout.builder(4).disabled().build();
    ring.registrar().restrict(allowlist);
    ring.registrar().enable();
    return ring;
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void requests_that_are_not_named_are_denied(Layout layout) {
    URingAllowlist list = URingAllowlist.builder().allow(UringOperation.NOP).build();
    try (Ring ring = restricted(layout, list)) {
      Queues.nop(ring, 1);
      assertThat(Queues.result(ring)).isZero();
      FileRequests.fsync(Queues.next(ring), 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EACCES);
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void flags_that_are_neither_allowed_nor_required_are_denied(Layout layout) {
    URingAllowlist list =
        URingAllowlist.builder().allow(UringOperation.NOP).allowFlags(EntryFlag.ASYNC).build();
    try (Ring ring = restricted(layout, list)) {
      RingRequests.nop(Queues.next(ring)).flag(EntryFlag.ASYNC);
      assertThat(Queues.result(ring)).isZero();
      RingRequests.nop(Queues.next(ring)).flag(EntryFlag.IO_DRAIN);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EACCES);
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void flags_that_are_required_must_be_there(Layout layout) {
    URingAllowlist list =
        URingAllowlist.builder().allow(UringOperation.NOP).requireFlags(EntryFlag.ASYNC).build();
    try (Ring ring = restricted(layout, list)) {
      Queues.nop(ring, 1);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EACCES);
      RingRequests.nop(Queues.next(ring)).flag(EntryFlag.ASYNC);
      assertThat(Queues.result(ring)).isZero();
    }
  }

  @Test
  void register_calls_that_are_not_named_are_denied_with_a_sentence() {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(UringOperation.NOP)
            .allowRegister(RegisterCall.REGISTER_FILES2)
            .build();
    try (Ring ring = restricted(Layout.PLAIN, list)) {
      ring.registrar().files().registerSparse(2);
      assertThatThrownBy(() -> ring.registrar().buffers().registerSparse(2))
          .hasMessageContaining("EACCES")
          .hasMessageContaining("allowlist");
      assertThatThrownBy(() -> ring.registrar().probe()).hasMessageContaining("EACCES");
    }
  }

  @Test
  void a_ring_is_restricted_while_disabled_and_once_and_submits_when_enabled() {
    URingAllowlist list = URingAllowlist.builder().allow(UringOperation.NOP).build();
    try (Ring enabled = Ring.builder(4).build();
        Ring disabled = Ring.builder(4).disabled().build()) {
      assertThatThrownBy(() -> enabled.registrar().restrict(list))
          .hasMessageContaining("enabled cannot be restricted");
      assertThatThrownBy(() -> enabled.registrar().enable())
          .hasMessageContaining("enabled already");
      Queues.nop(disabled, 1);
      assertThatThrownBy(disabled::submit).hasMessageContaining("disabled still");
      disabled.registrar().restrict(list);
      assertThatThrownBy(() -> disabled.registrar().restrict(list)).hasMessageContaining("once");
      disabled.registrar().enable();
      assertThat(disabled.submit()).isEqualTo(1);
      assertThat(Queues.reap(disabled)).containsExactly("1:0");
    }
  }
}
