package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Ring;
import dev.uring.ring.RingBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever adds requests together has the context to itself until it has. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AddingTogetherTest {
  private static final String REFUSED = "nothing is submitted while requests are added together";

  private static final long OTHERS = 9;
  private static final long DENIED = 13;

  /** While it looks so often, a kernel thread that is awake would have come by. */
  private static final int LOOKS = 10_000;

  /** What an adder may do between two of its requests. */
  enum Within {
    ADDING {
      @Override
      void run(URingContext context) {
        context.addNop(2);
      }
    },
    ASKING {
      @Override
      void run(URingContext context) {
        assertThat(context.counters().added()).isOne();
      }
    },
    CANCELLING {
      @Override
      void run(URingContext context) {
        context.asyncCancel(77, 2);
      }
    },
    GIVING_UP {
      @Override
      void run(URingContext context) {
        SubmitRing submit = context.core().submitRing();
        submit.abandon(submit.begin(2));
      }
    },
    BEING_REFUSED {
      @Override
      void run(URingContext context) {
        assertThatThrownBy(() -> context.addFsync(closed(), 2))
            .isInstanceOf(IllegalStateException.class);
      }
    };

    abstract void run(URingContext context);
  }

  private static Descriptor closed() {
    Descriptor descriptor = Descriptor.eventFd(0);
    descriptor.close();
    return descriptor;
  }

  /** Starts a thread; returns when it has done this, or sleeps until it may. */
  private static WaitingThread start(Runnable action) {
    WaitingThread other =
        WaitingThread.start(
            () -> {
              action.run();
              return null;
            });
    while (!other.isDone() && other.thread().getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return other;
  }

  @ParameterizedTest
  @EnumSource(Within.class)
  void no_other_thread_adds_in_between(Within within) throws Exception {
    try (URingContext context = URingContext.create(8)) {
      WaitingThread[] other = new WaitingThread[1];
      context
          .chains()
          .together(
              3,
              () -> {
                context.addNop(1);
                within.run(context);
                other[0] = start(() -> context.addNop(OTHERS));
                context.addNop(3);
              });
      other[0].untilItHasExited();
      int all = context.inFlight();
      List<String> taken = Contexts.take(context, all);
      assertThat(taken.get(all - 1)).isEqualTo(OTHERS + ":0");
      assertThat(taken.get(all - 2)).isEqualTo("3:0");
    }
  }

  @Test
  void another_thread_that_submits_meanwhile_is_kept_waiting_and_not_refused() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      WaitingThread[] others = new WaitingThread[2];
      context
          .chains()
          .together(
              2,
              () -> {
                context.addNop(1);
                others[0] = start(context::submit);
                others[1] =
                    WaitingThread.start(() -> context.await(2, Contexts.IGNORE)).untilItWaits();
                assertThat(others[0].isDone()).isFalse();
                context.addNop(2);
              });
      others[0].untilItHasExited();
      others[1].untilItHasExited();
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void another_thread_that_closes_meanwhile_waits_for_the_adder() throws Exception {
    URingContext context = URingContext.create(8);
    WaitingThread[] other = new WaitingThread[1];
    context
        .chains()
        .together(
            2,
            () -> {
              context.addNop(1);
              other[0] = start(context::close);
              assertThat(other[0].isDone()).isFalse();
              context.addNop(2);
            });
    other[0].untilItHasExited();
    assertThat(context.inFlight()).isZero();
    assertThat(context.toString()).contains("CLOSED").contains("added=2");
  }

  @Test
  void another_threads_request_that_may_be_linked_has_no_link_of_the_group() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      WaitingThread[] other = new WaitingThread[1];
      context
          .chains()
          .linked(
              2,
              () -> {
                context.addNop(1);
                assertThat(context.core().submitRing().groupFlags()).isNotZero();
                other[0] = WaitingThread.start(() -> context.core().submitRing().groupFlags());
                assertThat(ofOther(other[0])).isEqualTo(0);
                context.addNop(2);
              });
      assertThat(Contexts.take(context, 2)).containsExactly("1:0", "2:0");
    }
  }

  private static Object ofOther(WaitingThread other) {
    try {
      return other.result();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_owner_whose_context_another_thread_closed_adds_nothing_together() throws Exception {
    URingContext context = Contexts.of(8, true);
    context.addNop(1);
    start(context::close).untilItHasExited();
    assertThatThrownBy(() -> context.chains().together(1, () -> context.addNop(2)))
        .hasMessage("the context is closed");
    assertThat(context.toString()).contains("CLOSED").contains("added=1");
    assertThat(context.inFlight()).isZero();
  }

  @Test
  void a_group_of_none_leaves_nothing_and_the_next_begins_anew() {
    try (URingContext context = URingContext.create(8)) {
      context.addNop(1);
      context.chains().linked(8, () -> {});
      context.chains().together(2, () -> context.addNop(2));
      context.addNop(3);
      assertThat(context.counters().added()).isEqualTo(3);
      assertThat(Contexts.take(context, 3)).containsExactly("1:0", "2:0", "3:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_kernel_thread_that_polls_waits_for_the_submit_as_with_one(boolean confined) {
    ContextBuilder builder = URingContext.builder(8).polledSubmission(Duration.ofMillis(500));
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      context.addNop(1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      context.chains().together(1, () -> context.addNop(2));
      for (int look = 0; look < LOOKS; look++) {
        assertThat(context.counters().submitted()).isOne();
      }
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void groups_of_any_size_follow_each_other(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      for (int size : new int[] {1, 2, 8, 3, 7, 1, 8}) {
        List<String> expected = new ArrayList<>();
        context
            .chains()
            .linked(
                size,
                () -> {
                  for (int request = 0; request < size; request++) {
                    context.addNop(request);
                    expected.add(request + ":0");
                  }
                });
        assertThat(Contexts.take(context, size)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void room_is_made_behind_requests_of_which_each_cuts_the_submission_short(boolean confined) {
    RingBuilder builder = Ring.builder(8).disabled();
    Ring ring = (confined ? builder.ownedByThisThread() : builder).build();
    URingAllowlist list = URingAllowlist.builder().allow(UringOperation.NOP).build();
    try (URingContext context = new URingContext(ring, confined, list, true);
        Descriptor event = Descriptor.eventFd(0)) {
      context.enable();
      for (int request = 0; request < 8; request++) {
        context.addFsync(event, DENIED);
      }
      context.chains().together(8, () -> addNops(context, 8));
      List<String> taken = Contexts.take(context, 16);
      assertThat(taken.subList(0, 8)).containsOnly(DENIED + ":-13");
      assertThat(taken.subList(8, 16)).allMatch(completion -> completion.endsWith(":0"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothing_is_submitted_or_awaited_within_though_nothing_was_added_yet(boolean confined) {
    try (URingContext context = Contexts.of(8, confined)) {
      Runnable adding =
          () -> {
            assertThatThrownBy(context::submit).hasMessageContaining(REFUSED);
            assertThatThrownBy(() -> context.await(1, Duration.ZERO, Contexts.IGNORE))
                .hasMessageContaining(REFUSED);
            context.addNop(1);
          };
      context.chains().together(1, adding);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }

  private static void addNops(URingContext context, int count) {
    for (int request = 0; request < count; request++) {
      context.addNop(request);
    }
  }
}
