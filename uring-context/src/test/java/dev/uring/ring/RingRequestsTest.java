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

/** What one ring does to another. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingRequestsTest {
  @Parameter RingKind kind;

  @Test
  @Shows(UringOperation.NOP)
  void doing_nothing_completes_with_what_was_wished() {
    try (Ring ring = kind.open()) {
      RingRequests.nop(Queues.next(ring)).userData(-5);
      Queues.Taken taken = Queues.one(ring);
      assertThat(taken.userData()).isEqualTo(-5);
      assertThat(taken.result()).isZero();
      RingRequests.nopByTaskWork(Queues.next(ring)).userData(6);
      assertThat(Queues.take(ring, 1)).containsExactly("6:0");
      RingRequests.nopWithResult(Queues.next(ring), 4711);
      assertThat(Queues.result(ring)).isEqualTo(4711);
    }
  }

  @Test
  @Shows(UringOperation.NOP)
  void doing_nothing_by_task_work_is_done_when_the_owner_asks_for_events() {
    try (Ring ring = Ring.builder(4).deferTaskRun().build()) {
      RingRequests.nop(Queues.next(ring)).userData(1);
      RingRequests.nopByTaskWork(Queues.next(ring)).userData(2);
      assertThat(ring.submit()).isEqualTo(2);
      assertThat(Queues.reap(ring)).containsExactly("1:0");
      assertThat(ring.flush()).isZero();
      assertThat(Queues.reap(ring)).containsExactly("2:0");
    }
  }

  @Test
  @Shows(UringOperation.NOP)
  void doing_nothing_with_what_is_not_there_is_an_error() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(-1, pipe.readEnd);
      ByteBuffer memory = Native.pages(1);
      long[] addresses = {0, NativeAddress.of(memory)};
      ring.registrar().buffers().register(addresses, new int[] {0, 64});
      RingRequests.nopOn(Queues.next(ring), pipe.readEnd);
      assertThat(Queues.result(ring)).isZero();
      RingRequests.nopOn(Queues.next(ring), 1_000_000);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EBADF);
      RingRequests.nopOn(Queues.next(ring), new FileSlot(1));
      assertThat(Queues.result(ring)).isZero();
      RingRequests.nopOn(Queues.next(ring), new FileSlot(0));
      assertThat(Queues.result(ring)).as("an empty slot").isEqualTo(-Errno.EBADF);
      RingRequests.nopWith(Queues.next(ring), new BufferIndex(1));
      assertThat(Queues.result(ring)).isZero();
      RingRequests.nopWith(Queues.next(ring), new BufferIndex(0));
      assertThat(Queues.result(ring)).as("an empty place").isEqualTo(-Errno.EFAULT);
    }
  }

  @Test
  @Shows(UringOperation.MSG_RING)
  void a_message_is_a_completion_of_another_ring() {
    try (Ring ring = kind.open();
        Ring other = Ring.builder(4).build()) {
      RingRequests.message(Queues.next(ring), other.descriptor(), 0x1122334455667788L, 99);
      assertThat(Queues.result(ring)).isZero();
      Queues.Taken taken = Queues.one(other);
      assertThat(taken.userData()).isEqualTo(0x1122334455667788L);
      assertThat(taken.result()).isEqualTo(99);
      assertThat(taken.flags()).isZero();

      RingRequests.message(Queues.next(ring), other.descriptor(), 7, -3, 0x50004);
      assertThat(Queues.result(ring)).isZero();
      taken = Queues.one(other);
      assertThat(taken.userData()).isEqualTo(7);
      assertThat(taken.result()).isEqualTo(-3);
      assertThat(taken.flags()).isEqualTo(0x50004);
      RingRequests.message(Queues.next(ring), 0, 7, 1);
      assertThat(Queues.result(ring)).as("no ring").isEqualTo(-Errno.EBADFD);
    }
  }

  @Test
  @Shows(UringOperation.MSG_RING)
  void a_file_goes_into_the_table_of_another_ring() {
    ByteBuffer text = Native.ascii("hello");
    try (Ring ring = kind.open();
        Ring other = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(-1, -1, pipe.writeEnd);
      other.registrar().files().registerSparse(8);
      FileSlot third = new FileSlot(2);
      DestinationSlot sixth = DestinationSlot.of(new FileSlot(5));
      int target = other.descriptor();
      RingRequests.sendFile(Queues.next(ring), target, 77, third, sixth, 0);
      assertThat(Queues.result(ring)).isZero();
      Queues.Taken taken = Queues.one(other);
      assertThat(taken.userData()).isEqualTo(77);
      assertThat(taken.result()).isZero();
      FileRequests.write(Queues.next(other), -1, NativeAddress.of(text), 5, -1).on(new FileSlot(5));
      assertThat(Queues.result(other)).isEqualTo(5);
      assertThat(Native.read(pipe.readEnd)).isEqualTo("hello");

      other.registrar().files().allocationRange(7, 1);
      RingRequests.sendFile(Queues.next(ring), target, 78, third, DestinationSlot.any(), 0);
      assertThat(Queues.result(ring)).isEqualTo(7);
      assertThat(Queues.one(other).result()).isEqualTo(7);

      int silent = RingRequests.WITHOUT_COMPLETION;
      RingRequests.sendFile(Queues.next(ring), target, 79, third, sixth, silent);
      assertThat(Queues.result(ring)).isZero();
      assertThat(other.completion().available()).isZero();
      RingRequests.sendFile(Queues.next(ring), target, 79, new FileSlot(1), sixth, 0);
      assertThat(Queues.result(ring)).as("an empty slot").isEqualTo(-Errno.EBADF);
      assertThatThrownBy(() -> RingRequests.sendFile(Queues.next(ring), target, 1, third, sixth, 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
