package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sets of enter flags. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnterFlagsTest {
  private static final Set<EnterFlag> WITH_ARGUMENT =
      EnumSet.of(
          EnterFlag.EXT_ARG, EnterFlag.REGISTERED_RING, EnterFlag.ABS_TIMER, EnterFlag.EXT_ARG_REG);

  @ParameterizedTest
  @EnumSource(EnterFlag.class)
  void a_flag_is_in_the_set_that_was_made_of_it_and_refused_if_it_wants_an_argument(
      EnterFlag flag) {
    if (WITH_ARGUMENT.contains(flag)) {
      assertThatThrownBy(() -> EnterFlags.of(flag))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(flag.kernelName());
      return;
    }
    EnterFlags flags = EnterFlags.of(flag);
    assertThat(flags.mask()).isEqualTo(flag.mask());
    assertThat(flags.contains(flag)).isTrue();
    assertThat(flags.isEmpty()).isFalse();
    assertThat(EnterFlags.NONE.contains(flag)).isFalse();
    assertThat(flags).hasToString("[" + flag + "]");
  }

  @Test
  void sets_that_are_alike_are_the_same_object_however_they_came_about() {
    EnterFlags both = EnterFlags.of(EnterFlag.GETEVENTS, EnterFlag.SQ_WAKEUP);
    assertThat(EnterFlags.EVENTS.and(EnterFlags.WAKE)).isSameAs(both);
    assertThat(EnterFlags.WAKE.and(EnterFlags.EVENTS).and(both)).isSameAs(both);
    assertThat(both.and(EnterFlags.NONE)).isSameAs(both);
    assertThat(EnterFlags.of()).isSameAs(EnterFlags.NONE);
    assertThat(both.mask()).isEqualTo(EnterFlag.GETEVENTS.mask() | EnterFlag.SQ_WAKEUP.mask());
    assertThat(both).isNotSameAs(EnterFlags.EVENTS);
  }

  @Test
  void entering_does_what_the_flags_say() {
    try (Ring ring = Ring.builder(4).deferTaskRun().build();
        Native.EventFd event = new Native.EventFd()) {
      PollRequests.pollAdd(Queues.next(ring), event.fd, 1, 0).userData(1);
      assertThat(ring.enter(ring.publish(), 0, EnterFlags.NONE)).isEqualTo(1);
      event.add();
      // Work that is deferred is done when events are asked for, and only then.
      assertThat(ring.enter(0, 0, EnterFlags.NONE)).isZero();
      assertThat(ring.completion().available()).isZero();
      assertThat(ring.enter(0, 0, EnterFlags.EVENTS)).isZero();
      assertThat(Queues.reap(ring)).containsExactly("1:1");
      assertThat(ring.wakeFlag()).as("nobody polls").isSameAs(EnterFlags.NONE);
      EnterFlags unknown = EnterFlags.of(EnterFlag.NO_IOWAIT);
      int expected = ring.features().contains(Feature.NO_IOWAIT) ? 0 : -Errno.EINVAL;
      assertThat(ring.enter(0, 0, unknown)).isEqualTo(expected);
    }
  }
}
