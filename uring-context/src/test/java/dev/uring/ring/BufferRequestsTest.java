package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Buffers that are provided by requests. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BufferRequestsTest {
  private static final BufferGroup GROUP = new BufferGroup(300);

  @Parameter RingKind kind;

  private static Queues.Taken read(Ring ring, int fd) {
    FileRequests.read(Queues.next(ring), fd, 0, 16, FileRequests.CURRENT_POSITION).buffers(GROUP);
    return Queues.one(ring);
  }

  @Test
  @Shows({UringOperation.PROVIDE_BUFFERS, UringOperation.REMOVE_BUFFERS})
  void buffers_are_taken_in_order_and_those_taken_back_are_not() {
    ByteBuffer memory = Native.ascii("................");
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      long address = NativeAddress.of(memory);
      BufferRequests.provide(Queues.next(ring), GROUP, address + 1, 5, 3, 70);
      assertThat(Queues.result(ring)).isZero();
      BufferRequests.remove(Queues.next(ring), GROUP, 1);
      assertThat(Queues.result(ring)).as("the first").isEqualTo(1);
      pipe.write("abcdefgh");
      Queues.Taken first = read(ring, pipe.readEnd);
      assertThat(first.result()).as("a buffer's length").isEqualTo(5);
      assertThat(CompletionFlags.bufferId(first.flags())).isEqualTo(71);
      Queues.Taken second = read(ring, pipe.readEnd);
      assertThat(second.result()).isEqualTo(3);
      assertThat(CompletionFlags.bufferId(second.flags())).isEqualTo(72);
      assertThat(Native.text(memory, 0, 16)).isEqualTo("......abcdefgh..");
      pipe.write("x");
      assertThat(read(ring, pipe.readEnd).result()).isEqualTo(-Errno.ENOBUFS);
    }
  }

  @Test
  @Shows(UringOperation.REMOVE_BUFFERS)
  void all_are_taken_back_and_no_more() {
    ByteBuffer memory = Native.bytes(64);
    try (Ring ring = kind.open()) {
      BufferRequests.provide(Queues.next(ring), GROUP, NativeAddress.of(memory), 16, 4, 0);
      assertThat(Queues.result(ring)).isZero();
      BufferRequests.remove(Queues.next(ring), GROUP, 3);
      assertThat(Queues.result(ring)).isEqualTo(3);
      BufferRequests.remove(Queues.next(ring), GROUP, 9);
      assertThat(Queues.result(ring)).isEqualTo(1);
      BufferRequests.remove(Queues.next(ring), new BufferGroup(301), 1);
      assertThat(Queues.result(ring)).as("no such group").isEqualTo(-Errno.ENOENT);
    }
  }

  @Test
  void numbers_that_no_buffers_can_have_are_refused_before_the_kernel_sees_them() {
    try (Ring ring = kind.open()) {
      SubmissionEntry entry = Queues.next(ring);
      int[][] wrong = {{0, 1, 0}, {8, 0, 0}, {8, 65_537, 0}, {8, 1, -1}, {8, 2, 65_535}};
      for (int[] numbers : wrong) {
        assertThatThrownBy(
                () ->
                    BufferRequests.provide(entry, GROUP, 4096, numbers[0], numbers[1], numbers[2]))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> BufferRequests.remove(entry, GROUP, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
