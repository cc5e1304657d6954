package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages to rings that are full, disabled, of another kind, or no rings at all. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingMessageRulesTest {
  private static final FileSlot FIRST = new FileSlot(0);

  @Parameter RingKind kind;

  /** Rings that messages are sent to. */
  private enum Target {
    PLAIN,
    WIDE_COMPLETIONS,
    MIXED,
    DEFERRED,
    COOPERATIVE,
    POLLED_SUBMISSION,
    POLLED_IO;

    Ring open() {
      RingBuilder builder = Ring.builder(4);
      return switch (this) {
        case PLAIN -> builder.build();
        case WIDE_COMPLETIONS -> builder.wideCompletions().build();
        case MIXED -> Layout.MIXED.builder(4).build();
        case DEFERRED -> builder.deferTaskRun().build();
        case COOPERATIVE -> builder.cooperativeTaskRun().build();
        case POLLED_SUBMISSION -> builder.polledSubmission(20).build();
        case POLLED_IO -> builder.polledIo().build();
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void data_and_flags_arrive_on_every_kind_of_ring(Target target) {
    try (Ring ring = kind.open();
        Ring other = target.open()) {
      RingRequests.message(Queues.next(ring), other.descriptor(), -9, 5).userData(1);
      assertThat(Queues.take(ring, 1)).containsExactly("1:0");
      RingRequests.message(Queues.next(ring), other.descriptor(), 10, -6, 0x70000 | 2).userData(2);
      assertThat(Queues.take(ring, 1)).containsExactly("2:0");
      Queues.Taken first = Queues.one(other);
      assertThat(first.userData()).isEqualTo(-9);
      assertThat(first.result()).isEqualTo(5);
      assertThat(first.flags()).isZero();
      Queues.Taken second = Queues.one(other);
      assertThat(second.userData()).isEqualTo(10);
      assertThat(second.result()).isEqualTo(-6);
      assertThat(second.flags()).isEqualTo(0x70000 | 2);
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void a_file_arrives_on_every_kind_of_ring(Target target) {
    try (Ring ring = kind.open();
        Ring other = target.open();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd);
      other.registrar().files().registerSparse(2);
      RingRequests.sendFile(
              Queues.next(ring), other.descriptor(), 7, FIRST, DestinationSlot.any(), 0)
          .userData(1);
      assertThat(ring.submit()).isNotNegative();
      // The owner of a ring with deferred work takes the file in its own wait.
      assertThat(Queues.take(other, 1)).containsExactly("7:0");
      assertThat(Queues.take(ring, 1)).containsExactly("1:0");
      RingRequests.nopOn(Queues.next(other), new FileSlot(0));
      assertThat(Queues.result(other)).as("it is there").isZero();
      RingRequests.nopOn(Queues.next(other), new FileSlot(1));
      assertThat(Queues.result(other)).as("once").isEqualTo(-Errno.EBADF);
    }
  }

  @Test
  void messages_to_a_full_queue_are_kept_and_told_in_their_order() {
    int count = 40;
    try (Ring ring = kind.open();
        Ring other = Ring.builder(2).completionEntries(2).build()) {
      List<String> expected = new ArrayList<>();
      for (int message = 0; message < count; message++) {
        RingRequests.message(Queues.next(ring), other.descriptor(), message, message * 3)
            .userData(1);
        assertThat(Queues.take(ring, 1)).containsExactly("1:0");
        expected.add(message + ":" + message * 3);
      }
      assertThat(other.completion().available()).isEqualTo(2);
      assertThat(other.submission().hasOverflow()).isTrue();
      assertThat(Queues.take(other, count)).isEqualTo(expected);
      assertThat(other.completion().overflow()).as("lost").isZero();
    }
  }

  @Test
  void a_file_for_a_ring_with_a_full_queue_arrives_too() {
    try (Ring ring = kind.open();
        Ring other = Ring.builder(2).completionEntries(2).build();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd);
      other.registrar().files().registerSparse(2);
      for (long userData = 1; userData <= 2; userData++) {
        Queues.nop(other, userData);
      }
      assertThat(other.submit()).isEqualTo(2);
      RingRequests.sendFile(
              Queues.next(ring), other.descriptor(), 7, FIRST, DestinationSlot.any(), 0)
          .userData(1);
      assertThat(Queues.take(ring, 1)).containsExactly("1:0");
      assertThat(Queues.take(other, 3)).containsExactly("1:0", "2:0", "7:0");
    }
  }

  @Test
  void nothing_reaches_a_ring_that_is_disabled() {
    try (Ring ring = kind.open();
        Ring other = Ring.builder(4).disabled().build();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd);
      other.registrar().files().registerSparse(2);
      int target = other.descriptor();
      RingRequests.message(Queues.next(ring), target, 5, 5);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EBADFD);
      RingRequests.sendFile(Queues.next(ring), target, 5, FIRST, DestinationSlot.any(), 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EBADFD);
      assertThat(new RingMessage(other, 5, 5).send()).isEqualTo(-Errno.EBADFD);
      other.registrar().enable();
      RingRequests.message(Queues.next(ring), target, 6, 6);
      assertThat(Queues.result(ring)).isZero();
      assertThat(Queues.take(other, 1)).containsExactly("6:6");
    }
  }

  @Test
  void a_ring_can_send_itself_data_and_no_files() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd, -1);
      RingRequests.message(Queues.next(ring), ring.descriptor(), 5, 50).userData(1);
      assertThat(Queues.take(ring, 2)).containsExactlyInAnyOrder("1:0", "5:50");
      DestinationSlot second = DestinationSlot.of(new FileSlot(1));
      RingRequests.sendFile(Queues.next(ring), ring.descriptor(), 5, FIRST, second, 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  void what_cannot_be_sent_or_received_is_an_error() {
    try (Ring ring = kind.open();
        Ring other = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd, -1);
      int target = other.descriptor();
      RingRequests.message(Queues.next(ring), 1_000_000, 5, 5);
      assertThat(Queues.result(ring)).as("no descriptor").isEqualTo(-Errno.EBADF);
      RingRequests.message(Queues.next(ring), pipe.writeEnd, 5, 5);
      assertThat(Queues.result(ring)).as("no ring").isEqualTo(-Errno.EBADFD);
      DestinationSlot any = DestinationSlot.any();
      RingRequests.sendFile(Queues.next(ring), target, 5, FIRST, any, 0);
      assertThat(Queues.result(ring)).as("no table").isEqualTo(-Errno.ENFILE);
      RingRequests.sendFile(Queues.next(ring), target, 5, FIRST, DestinationSlot.of(FIRST), 0);
      assertThat(Queues.result(ring)).as("no table").isEqualTo(-Errno.ENXIO);
      other.registrar().files().registerSparse(1);
      RingRequests.sendFile(Queues.next(ring), target, 5, new FileSlot(1), any, 0);
      assertThat(Queues.result(ring)).as("an empty slot").isEqualTo(-Errno.EBADF);
      RingRequests.sendFile(Queues.next(ring), target, 5, new FileSlot(9), any, 0);
      assertThat(Queues.result(ring)).as("no slot").isEqualTo(-Errno.EBADF);
      DestinationSlot beyond = DestinationSlot.of(new FileSlot(1));
      RingRequests.sendFile(Queues.next(ring), target, 5, FIRST, beyond, 0);
      assertThat(Queues.result(ring)).as("beyond the table").isEqualTo(-Errno.EINVAL);
      RingRequests.sendFile(Queues.next(ring), target, 6, FIRST, any, 0);
      assertThat(Queues.result(ring)).isZero();
      RingRequests.sendFile(Queues.next(ring), target, 7, FIRST, any, 0);
      assertThat(Queues.result(ring)).as("no free slot").isEqualTo(-Errno.ENFILE);
      assertThat(Queues.reap(other)).as("of what failed nothing is told").containsExactly("6:0");
    }
  }

  @Test
  void a_silent_message_with_a_file_is_told_to_nobody_and_one_with_data_cannot_be_silent() {
    try (Ring ring = kind.open();
        Ring other = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd);
      other.registrar().files().registerSparse(2);
      int target = other.descriptor();
      int silent = RingRequests.WITHOUT_COMPLETION;
      RingRequests.sendFile(Queues.next(ring), target, 5, FIRST, DestinationSlot.any(), silent);
      assertThat(Queues.result(ring)).isZero();
      RingRequests.message(Queues.next(ring), target, 6, 6).operationFlags(silent);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
      assertThat(Queues.reap(other)).isEmpty();
      assertThatThrownBy(
              () ->
                  RingRequests.sendFile(
                      Queues.next(ring), target, 5, FIRST, DestinationSlot.any(), 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
