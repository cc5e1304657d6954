package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.FallocateMode;
import dev.uring.sys.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancellingTest {
  private static final int POLLIN = 1;
  private static final String CANCELED = ":" + -Errno.ECANCELED;
  private static final String NO_SUCH = ":" + -Errno.ENOENT;

  private static void addRead(URingContext context, Target target, long userData) {
    Contexts.addRead(context, target, NativeMemory.allocate(8), userData);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_request_that_waits_is_cancelled_with_zero(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      addRead(context, pipe.readEnd(), 1);
      context.asyncCancel(1, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1" + CANCELED, "2:0");
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void nothing_to_cancel_is_no_such_entry() {
    try (URingContext context = URingContext.create(8)) {
      context.asyncCancel(1, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2" + NO_SUCH);
      context.asyncCancel(3, 3);
      assertThat(Contexts.take(context, 1)).as("not even itself").containsExactly("3" + NO_SUCH);
    }
  }

  @Test
  void a_request_that_runs_in_a_worker_is_already_under_way() {
    long much = 1L << 32;
    try (URingContext context = URingContext.create(8);
        Descriptor memory = Descriptor.memFd("to fill", 0)) {
      context.addFallocate(memory, FallocateMode.KEEP_SIZE, 0, much, 1);
      context.submit();
      while (memory.status().allocated() == 0) {
        Thread.onSpinWait();
      }
      context.asyncCancel(1, 2);
      assertThat(Contexts.take(context, 2))
          .contains("2:" + -Errno.EALREADY)
          .containsAnyOf("1:0", "1:" + -Errno.EINTR, "1" + CANCELED, "1:" + -Errno.ENOSPC);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void of_two_with_the_same_user_data_one_is_cancelled_and_the_other_goes_on(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      addRead(context, pipe.readEnd(), 7);
      addRead(context, pipe.readEnd(), 7);
      context.asyncCancel(7, 1);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("7" + CANCELED, "1:0");
      assertThat(context.inFlight()).isEqualTo(1);
      pipe.write(new byte[8]);
      assertThat(Contexts.take(context, 1)).containsExactly("7:8");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_that_has_ended_and_was_not_taken_is_passed_over_for_the_next(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addNop(7);
      addRead(context, pipe.readEnd(), 7);
      context.addNop(7);
      context.submit();
      context.asyncCancel(7, 1);
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder("7:0", "7:0", "7" + CANCELED, "1:0");
    }
  }

  @Test
  void user_data_that_is_the_cancels_own_does_not_cancel_the_cancel() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      addRead(context, pipe.readEnd(), -1);
      context.asyncCancel(-1, -1);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("-1" + CANCELED, "-1:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void all_with_a_user_data_are_cancelled_and_counted_and_no_others(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      for (int request = 0; request < 3; request++) {
        addRead(context, pipe.readEnd(), 7);
      }
      addRead(context, pipe.readEnd(), 8);
      context.cancels().all(7, 1);
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder("7" + CANCELED, "7" + CANCELED, "7" + CANCELED, "1:3");
      assertThat(context.inFlight()).isEqualTo(1);
      pipe.write(new byte[8]);
      assertThat(Contexts.take(context, 1)).containsExactly("8:8");
    }
  }

  @Test
  void all_of_none_is_zero_whatever_the_allowlist_says() {
    try (URingContext context = URingContext.create(8, URingAllowlist.nothing())) {
      context.cancels().all(7, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }

  @Test
  void all_without_room_for_every_cancel_is_refused_and_cancels_none() {
    try (URingContext context = URingContext.builder(4).completionEntries(4).build();
        Pipe pipe = Pipe.open()) {
      for (int request = 0; request < 3; request++) {
        addRead(context, pipe.readEnd(), 7);
      }
      assertThatThrownBy(() -> context.cancels().all(7, 1)).isInstanceOf(RingFullException.class);
      assertThat(context.inFlight()).isEqualTo(3);
      pipe.write(new byte[24]);
      assertThat(Contexts.take(context, 3)).containsExactly("7:8", "7:8", "7:8");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void by_descriptor_one_or_all_are_cancelled_and_those_of_others_are_not(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        Pipe other = Pipe.open()) {
      for (int request = 1; request <= 3; request++) {
        addRead(context, pipe.readEnd(), request);
      }
      addRead(context, other.readEnd(), 4);
      context.submit();
      context.cancels().oneOf(pipe.readEnd(), 5);
      assertThat(Contexts.take(context, 2)).hasSize(2).contains("5:0");
      context.cancels().allOf(pipe.readEnd(), 6);
      assertThat(Contexts.take(context, 3)).hasSize(3).contains("6:2");
      context.cancels().oneOf(pipe.readEnd(), 7);
      assertThat(Contexts.take(context, 1)).containsExactly("7" + NO_SUCH);
      context.cancels().allOf(pipe.readEnd(), 8);
      assertThat(Contexts.take(context, 1)).containsExactly("8:0");
      assertThat(context.inFlight()).isEqualTo(1);
      other.write(new byte[8]);
      assertThat(Contexts.take(context, 1)).containsExactly("4:8");
    }
  }

  @Test
  void by_slot_what_was_added_on_that_slot_is_cancelled_and_nothing_else() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open();
        Pipe other = Pipe.open()) {
      FixedFile[] slots = context.registerFiles(0, pipe.readEnd(), other.readEnd());
      addRead(context, slots[0], 1);
      addRead(context, slots[1], 2);
      context.submit();
      context.cancels().allOf(slots[0], 3);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1" + CANCELED, "3:1");
      other.write(new byte[8]);
      assertThat(Contexts.take(context, 1)).containsExactly("2:8");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everything_is_cancelled_and_counted(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      addRead(context, pipe.readEnd(), 1);
      context.addPollFd(pipe.readEnd(), POLLIN, 2);
      context.timeouts().add(java.time.Duration.ofDays(1), 3);
      context.submit();
      context.cancels().everything(4);
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder("1" + CANCELED, "2" + CANCELED, "3" + CANCELED, "4:3");
      context.cancels().everything(5);
      assertThat(Contexts.take(context, 1)).containsExactly("5:0");
    }
  }

  @Test
  void memory_is_held_until_the_cancelled_request_itself_has_ended() {
    Descriptor event = Descriptor.eventFd(0);
    try (URingContext context = URingContext.create(8)) {
      context.addPollFd(event, POLLIN, 1);
      context.asyncCancel(1, 2);
      event.close();
      assertThat(event.toString()).contains("in use");
      assertThat(Contexts.take(context, 2)).hasSize(2);
      assertThat(event.toString()).doesNotContain("in use");
    }
  }

  @Test
  void a_cancel_of_which_a_poll_took_the_first_answer_goes_on_for_a_thread_that_waits()
      throws Exception {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      addRead(context, pipe.readEnd(), 7);
      addRead(context, pipe.readEnd(), 7);
      context.submit();
      WaitingThread waiter = WaitingThread.start(() -> Contexts.take(context, 1)).untilItWaits();
      // Removing a poll finds no poll with this number, twice, and says so once.
      context.removePollFd(7, 1);
      context.submit();
      while (!waiter.isDone() && context.poll(Contexts.IGNORE) == 0) {
        Thread.onSpinWait();
      }
      context.wakeup();
      assertThat(waiter.result()).isNotNull();
    }
  }

  @Test
  void cancels_of_several_that_were_not_announced_are_refused_all_of_them() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      for (int request = 0; request < 3; request++) {
        addRead(context, pipe.readEnd(), 1);
      }
      context.submit();
      context
          .chains()
          .together(
              2,
              () -> {
                assertThatThrownBy(() -> context.cancels().all(1, 2))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("announced 2");
                context.addNop(3);
              });
      assertThat(Contexts.take(context, 1)).containsExactly("3:0");
      assertThat(context.inFlight()).as("none was cancelled").isEqualTo(3);
      context.chains().together(3, () -> context.cancels().all(1, 2));
      assertThat(Contexts.take(context, 4)).hasSize(4).contains("2:3");
    }
  }
}
