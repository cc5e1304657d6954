package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Capability.Kind;
import dev.uring.ring.Capability.Source;
import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel has: the same by every way of asking. */
class KernelCapabilitiesTest {
  private static final KernelCapabilities ASKED = KernelCapabilities.ask();
  private static final KernelCapabilities TRIED = KernelCapabilities.ask(Optional.empty());

  /** Whoever builds a kernel decides about these. */
  private static final Set<RegisterCall> LEFT_OUT_BY_CHOICE =
      EnumSet.of(
          RegisterCall.REGISTER_NAPI, RegisterCall.UNREGISTER_NAPI, RegisterCall.REGISTER_ZCRX_IFQ);

  private static KernelCapabilities as(
      int requests, int calls, long features, long setup, long enter, long entry) {
    return KernelCapabilities.ask(
        Optional.of(new KernelQuery(requests, calls, features, setup, enter, entry)));
  }

  @ParameterizedTest
  @EnumSource(RegisterCall.class)
  void trying_a_register_call_finds_what_the_kernel_says_of_it(RegisterCall call) {
    KernelQuery query = KernelQuery.ask().orElse(null);
    assumeTrue(query != null, "skipped: this kernel lacks IORING_REGISTER_QUERY");
    boolean numbered = call.code() < query.registerCalls();
    assertThat(TRIED.of(call).source()).isEqualTo(Source.TRIAL);
    if (LEFT_OUT_BY_CHOICE.contains(call) && !TRIED.of(call).offered()) {
      assertThat(ASKED.of(call).reason()).isEqualTo("this kernel was built without it");
    } else {
      assertThat(TRIED.of(call).offered()).isEqualTo(numbered);
      assertThat(ASKED.of(call).offered()).isEqualTo(numbered);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 200, 0x7fff_ffff})
  void a_register_call_that_no_kernel_has_is_invalid_whatever_its_argument(int call) {
    try (Ring ring = Ring.builder(2).build()) {
      for (int count : new int[] {0, 1, 2, 8, 32}) {
        for (long argument : new long[] {0, 0x1000}) {
          assertThat(UringCalls.register(ring.descriptor(), call, argument, count))
              .isEqualTo(-Errno.EINVAL);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SetupFlag.class)
  void trying_a_set_up_flag_finds_what_the_kernel_says_of_it(SetupFlag flag) {
    assertThat(TRIED.of(flag).offered()).isEqualTo(ASKED.of(flag).offered());
  }

  @ParameterizedTest
  @EnumSource(EnterFlag.class)
  void trying_a_flag_of_entering_finds_what_the_kernel_says_of_it(EnterFlag flag) {
    assertThat(TRIED.of(flag).offered()).isEqualTo(ASKED.of(flag).offered());
  }

  @ParameterizedTest
  @EnumSource(EntryFlag.class)
  void trying_a_flag_of_entries_finds_what_the_kernel_says_of_it(EntryFlag flag) {
    assertThat(TRIED.of(flag).offered()).isEqualTo(ASKED.of(flag).offered());
  }

  @ParameterizedTest
  @EnumSource(Feature.class)
  void a_feature_is_offered_if_a_ring_says_so(Feature feature) {
    assertThat(TRIED.of(feature).source()).isEqualTo(Source.FEATURES);
    assertThat(TRIED.of(feature).offered()).isEqualTo(ASKED.of(feature).offered());
  }

  @ParameterizedTest
  @EnumSource(UringOperation.class)
  void a_request_is_offered_if_the_probe_says_so(UringOperation operation) {
    try (Ring ring = Ring.builder(2).build()) {
      assertThat(ASKED.of(operation).offered()).isEqualTo(ring.registrar().probe().has(operation));
      assertThat(TRIED.of(operation).source()).isEqualTo(Source.PROBE);
    }
  }

  @Test
  void everything_that_this_library_knows_is_told_once_and_by_the_kernels_name() {
    assertThat(ASKED.all()).doesNotHaveDuplicates();
    assertThat(ASKED.all().stream().filter(Capability::known))
        .hasSize(
            UringOperation.values().length
                + RegisterCall.values().length
                + SetupFlag.values().length
                + Feature.values().length
                + EnterFlag.values().length
                + EntryFlag.values().length)
        .allMatch(one -> one.kernelName().startsWith("IO"));
    Capability readv = ASKED.of(UringOperation.READV);
    assertThat(readv)
        .isEqualTo(
            new Capability(
                Kind.REQUEST, 1, "IORING_OP_READV", "5.1", true, true, readv.source(), ""));
  }

  @Test
  void what_an_older_kernel_lacks_comes_with_the_version_that_has_it() {
    KernelCapabilities old = as(50, 20, 3, 7, 1, 0x3f);

    Capability send = old.of(UringOperation.FUTEX_WAIT);
    assertThat(send.offered()).isFalse();
    assertThat(send.source()).isEqualTo(Source.QUERY);
    assertThat(send.reason()).isEqualTo("this kernel does not have it; Linux 6.7 has");
    assertThat(old.of(RegisterCall.REGISTER_IOWQ_MAX_WORKERS).offered()).isTrue();
    assertThat(old.of(RegisterCall.REGISTER_RING_FDS).reason()).contains("5.18");
    assertThat(old.of(SetupFlag.CQSIZE).offered()).isFalse();
    assertThat(old.of(Feature.NODROP).offered()).isTrue();
    assertThat(old.of(Feature.SUBMIT_STABLE).offered()).isFalse();
    assertThat(old.of(EnterFlag.SQ_WAKEUP).offered()).isFalse();
    assertThat(old.of(EntryFlag.CQE_SKIP_SUCCESS).offered()).isFalse();
    assertThat(old.of(EntryFlag.BUFFER_SELECT).offered()).isTrue();
  }

  @Test
  void what_a_newer_kernel_adds_is_named_or_numbered_and_not_for_us() {
    List<Capability> added =
        as(67, 39, 1L << 40, 1L << 33, 1L << 20, 1L << 7).all().stream()
            .filter(one -> !one.known() && one.offered())
            .toList();

    assertThat(added)
        .extracting(Capability::kernelName)
        .containsExactly(
            "IORING_OP_NOP128",
            "IORING_OP_URING_CMD128",
            "REQUEST 65",
            "REQUEST 66",
            "IORING_REGISTER_ZCRX_CTRL",
            "IORING_REGISTER_BPF_FILTER",
            "REGISTER_CALL 38",
            "SETUP_FLAG bit 33",
            "FEATURE bit 40",
            "ENTER_FLAG bit 20",
            "ENTRY_FLAG bit 7");
    assertThat(added).allMatch(one -> one.reason().contains("newer than this library"));
  }
}
