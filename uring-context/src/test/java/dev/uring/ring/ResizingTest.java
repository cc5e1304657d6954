package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rings that get queues of other sizes while they are at work. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResizingTest {

  @ParameterizedTest
  @EnumSource(Layout.class)
  void what_waits_in_the_queues_moves_along(Layout layout) {
    try (Ring ring = layout.builder(4).deferTaskRun().build()) {
      Queues.nop(ring, 1);
      Queues.nop(ring, 2);
      assertThat(ring.submit()).isEqualTo(2);
      Queues.nop(ring, 3);
      SubmissionQueue before = ring.submission();
      CompletionReader formerReader = ring.reader();
      ring.resize(32, 128);

      assertThat(ring.submission().capacity()).isEqualTo(32);
      assertThat(ring.completion().capacity()).isEqualTo(128);
      assertThat(ring.completion().available()).isEqualTo(2);
      assertThat(ring.submission().pending()).isEqualTo(1);
      assertThat(ring.submit()).isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("1:0", "2:0", "3:0");
      assertThatThrownBy(before::next).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(formerReader::next).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void nothing_is_lost_or_doubled_by_resizing_under_load(Layout layout) {
    int[] sizes = {64, 8, 256, 16, 8, 1024, 32};
    try (Ring ring = layout.builder(8).deferTaskRun().build()) {
      List<String> seen = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      long next = 0;
      for (int round = 0; round < 700; round++) {
        for (int entry = 0; entry < 5; entry++) {
          expected.add(next + ":0");
          Queues.nop(ring, next++);
        }
        if (round % 2 == 0) {
          assertThat(ring.submit()).isEqualTo(5);
        }
        ring.resize(sizes[round % sizes.length], 2 * sizes[round % sizes.length]);
        while (ring.submission().pending() > 0) {
          assertThat(ring.submitAndWait(1)).isPositive();
        }
        seen.addAll(Queues.reap(ring));
      }
      assertThat(seen).isEqualTo(expected);
    }
  }

  @Test
  void what_others_send_while_the_ring_is_resized_arrives_once_and_in_order() throws Exception {
    int messages = 3000;
    try (Ring ring = Ring.builder(8).deferTaskRun().build()) {
      Thread sender =
          new Thread(
              () -> {
                for (int message = 0; message < messages; message++) {
                  assertThat(new RingMessage(ring, message, 0).send()).isZero();
                }
              });
      sender.start();
      List<String> seen = new ArrayList<>();
      for (int round = 0; seen.size() < messages; round++) {
        ring.resize(8 << round % 4, 4096 << round % 3);
        assertThat(ring.flush()).isNotNegative();
        seen.addAll(Queues.reap(ring));
      }
      sender.join();
      for (int message = 0; message < messages; message++) {
        assertThat(seen.get(message)).isEqualTo(message + ":0");
      }
      assertThat(ring.completion().overflow()).isZero();
    }
  }

  @Test
  void a_request_in_flight_completes_into_the_new_queue() {
    ByteBuffer memory = Native.bytes(8);
    try (Ring ring = Ring.builder(4).deferTaskRun().build();
        Pipe pipe = new Pipe()) {
      FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 8, 0)
          .userData(9);
      assertThat(ring.submit()).isEqualTo(1);
      ring.resize(16, 16);
      pipe.write("late");
      assertThat(Queues.one(ring).userData()).isEqualTo(9);
      assertThat(Native.text(memory, 0, 4)).isEqualTo("late");
    }
  }

  @Test
  void a_size_that_cannot_hold_what_waits_changes_nothing() {
    try (Ring ring = Ring.builder(16).deferTaskRun().build()) {
      for (int entry = 0; entry < 16; entry++) {
        Queues.nop(ring, entry);
      }
      assertThat(ring.submit()).isEqualTo(16);
      assertThatThrownBy(() -> ring.resize(2, 2)).hasMessageContaining("EOVERFLOW");
      assertThat(ring.completion().available()).isEqualTo(16);
      assertThat(Queues.reap(ring)).hasSize(16);
      ring.resize(2, 2);
      Queues.nop(ring, 7);
      assertThat(Queues.one(ring).userData()).isEqualTo(7);
    }
  }

  @Test
  void only_a_ring_with_deferred_task_run_is_resized() {
    try (Ring ring = Ring.builder(4).build()) {
      assertThatThrownBy(() -> ring.resize(8, 16))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("EINVAL")
          .hasMessageContaining("DEFER_TASKRUN");
      Queues.nop(ring, 1);
      assertThat(Queues.result(ring)).isZero();
    }
    try (Ring ring = Ring.builder(4).deferTaskRun().build()) {
      assertThatThrownBy(() -> ring.resize(0, 16)).hasMessageContaining("EINVAL");
      assertThatThrownBy(() -> ring.resize(40_000, 65_536)).hasMessageContaining("EINVAL");
      ring.resize(8, 16);
    }
  }
}
