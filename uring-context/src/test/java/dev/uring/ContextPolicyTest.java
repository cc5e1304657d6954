package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.PolicyObservation.Answer;
import dev.uring.ring.UringException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The order of a context's life, and what is in force once it is enabled. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContextPolicyTest {
  private static final URingAllowlist LIST = URingAllowlist.closedBlockDevice();

  private static ContextBuilder builder(boolean confined) {
    ContextBuilder builder = URingContext.builder(8);
    return confined ? builder.confined() : builder;
  }

  private static void refused(ThrowingCallable step, String sentence) {
    assertThatThrownBy(step)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining(sentence);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_is_in_force_is_told_when_the_context_is_enabled(boolean confined) {
    List<PolicyObservation> found = new ArrayList<>();
    try (Descriptor file = Descriptor.memFd("image", 4096);
        URingContext context =
            builder(confined).allowlist(LIST).disabled().observePolicy(found::add).build()) {
      FixedFile slot = context.registerFiles(0, file)[0];
      assertThat(found).isEmpty();

      context.enable();

      assertThat(found).hasSize(1);
      assertThat(found.get(0).differencesFrom(LIST)).isEmpty();
      assertThat(found.get(0).findings().values()).doesNotContain(Answer.UNTOLD);
      context.addReadv(slot, Contexts.vector(NativeMemory.allocate(512)), 0, 7);
      assertThat(Contexts.take(context, 1)).containsExactly("7:512");
      assertThat(context.counters().added()).isOne();
      assertThat(context.counters().strangers()).isZero();
    }
  }

  @Test
  void a_context_that_is_restricted_at_once_tells_at_once() {
    List<PolicyObservation> found = new ArrayList<>();
    try (URingContext context = builder(true).allowlist(LIST).observePolicy(found::add).build()) {
      assertThat(context.inFlight()).isZero();
      assertThat(found).hasSize(1);
      assertThat(found.get(0).differencesFrom(LIST)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_context_without_a_list_is_found_to_permit_everything(boolean confined) {
    List<PolicyObservation> found = new ArrayList<>();
    try (URingContext context = builder(confined).observePolicy(found::add).build()) {
      assertThat(found.get(0).isRestricted()).isFalse();
      assertThat(found.get(0).answer(UringOperation.OPENAT)).isEqualTo(Answer.PERMITTED);
      context.addNop(3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:0");
    }
  }

  @Test
  void who_does_not_like_what_is_in_force_can_stop_the_context() {
    OpenDescriptors.mustNotLeak(
        100,
        () ->
            assertThatThrownBy(
                    () ->
                        builder(true)
                            .allowlist(LIST)
                            .observePolicy(
                                found -> {
                                  throw new UnsupportedOperationException("not this kernel");
                                })
                            .build())
                .hasMessage("not this kernel"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothing_is_added_submitted_or_awaited_before_enabling(boolean confined) {
    try (URingContext context = builder(confined).allowlist(LIST).disabled().build()) {
      refused(() -> context.addNop(1), "call enable() first");
      refused(context::submit, "call enable() first");
      refused(() -> context.await(1), "call enable() first");
      refused(() -> context.poll(Contexts.IGNORE), "call enable() first");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_context_is_enabled_once(boolean confined) {
    try (URingContext late = builder(confined).allowlist(LIST).disabled().build();
        URingContext restrictedAtOnce = builder(confined).allowlist(LIST).build();
        URingContext neverDisabled = builder(confined).build()) {
      late.enable();

      refused(late::enable, "enabled already");
      refused(restrictedAtOnce::enable, "enabled already");
      refused(neverDisabled::enable, "enabled already");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void files_and_buffers_of_a_restricted_context_are_registered_before_it_is_enabled(
      boolean confined) {
    try (Descriptor file = Descriptor.memFd("image", 4096);
        URingContext late = builder(confined).allowlist(LIST).disabled().build();
        URingContext restrictedAtOnce = builder(confined).allowlist(LIST).build()) {
      late.enable();
      for (URingContext context : List.of(late, restrictedAtOnce)) {
        refused(() -> context.registerFiles(0, file), "build it disabled()");
        refused(() -> context.registerBuffers(NativeMemory.allocate(4096)), "build it disabled()");
      }
    }
  }

  @Test
  void files_and_buffers_are_registered_once() {
    try (Descriptor file = Descriptor.memFd("image", 4096);
        URingContext context = builder(true).allowlist(LIST).disabled().build()) {
      context.registerFiles(0, file);
      context.registerBuffers(NativeMemory.allocate(4096));

      refused(() -> context.registerFiles(0, file), "filled before");
      refused(
          () -> context.registerBuffers(NativeMemory.allocate(4096)),
          "buffers were registered before");
    }
  }

  @Test
  void a_slot_changes_after_enabling_only_where_the_list_says_so() {
    URingAllowlist mutable = URingAllowlist.mutableBlockDevice();
    try (Descriptor file = Descriptor.memFd("image", 4096);
        URingContext closed = builder(true).allowlist(LIST).disabled().build();
        URingContext open = builder(true).allowlist(mutable).disabled().build()) {
      FixedFile closedSlot = closed.registerFiles(1, file)[1];
      FixedFile openSlot = open.registerFiles(1, file)[1];
      closed.replaceFile(closedSlot, file);
      closed.enable();
      open.enable();

      assertThatThrownBy(() -> closed.replaceFile(closedSlot, file))
          .isInstanceOf(UringException.class)
          .hasMessageContaining(RegisterCall.REGISTER_FILES_UPDATE.kernelName())
          .hasMessageContaining("does not permit this call on the enabled ring");
      open.replaceFile(openSlot, file);
    }
  }

  @Test
  void a_closed_context_is_neither_filled_nor_enabled() {
    try (Descriptor file = Descriptor.memFd("image", 4096)) {
      URingContext context = builder(true).allowlist(LIST).disabled().build();
      context.close();

      refused(() -> context.registerFiles(0, file), "closed");
      refused(context::enable, "closed");
    }
  }

  @Test
  void no_allowlist_in_place_of_one_is_not_taken_for_leave_to_do_everything() {
    ContextBuilder builder = URingContext.builder(4);
    assertThatThrownBy(() -> URingContext.create(4, null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.allowlist(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.observePolicy(null)).isInstanceOf(NullPointerException.class);
  }
}
