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

/** What requests put into the table of registered files, and take out of it. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileTableRequestsTest {
  @Parameter RingKind kind;

  private static void write(Ring ring, int slot, ByteBuffer text, int expected) {
    FileRequests.write(Queues.next(ring), -1, NativeAddress.of(text), text.capacity(), -1)
        .on(new FileSlot(slot));
    assertThat(Queues.result(ring)).as("slot " + slot).isEqualTo(expected);
  }

  @Test
  @Shows(UringOperation.FILES_UPDATE)
  void slots_are_filled_from_the_one_that_was_named_on() {
    ByteBuffer descriptors = Native.bytes(12);
    ByteBuffer text = Native.ascii("hello");
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe();
        Pipe other = new Pipe()) {
      ring.registrar().files().registerSparse(4);
      descriptors.putInt(0, -1).putInt(4, pipe.writeEnd).putInt(8, other.writeEnd);
      long second = NativeAddress.of(descriptors) + 4;
      FileTableRequests.update(Queues.next(ring), second, 2, new FileSlot(1));
      assertThat(Queues.result(ring)).isEqualTo(2);
      write(ring, 1, text, 5);
      assertThat(Native.read(pipe.readEnd)).isEqualTo("hello");
      write(ring, 2, text, 5);
      assertThat(Native.read(other.readEnd)).isEqualTo("hello");
      write(ring, 0, text, -Errno.EBADF);
      write(ring, 3, text, -Errno.EBADF);

      descriptors.putInt(4, FileTable.EMPTY).putInt(8, FileTable.KEEP);
      FileTableRequests.update(Queues.next(ring), second, 2, new FileSlot(1));
      assertThat(Queues.result(ring)).isEqualTo(2);
      write(ring, 1, text, -Errno.EBADF);
      write(ring, 2, text, 5);
      assertThatThrownBy(
              () -> FileTableRequests.update(Queues.next(ring), second, 0, new FileSlot(1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.FILES_UPDATE)
  void files_find_free_slots_and_say_which() {
    ByteBuffer descriptors = Native.bytes(8);
    ByteBuffer text = Native.ascii("hello");
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe();
        Pipe other = new Pipe()) {
      ring.registrar().files().registerSparse(4);
      ring.registrar().files().allocationRange(2, 2);
      descriptors.putInt(0, pipe.writeEnd).putInt(4, other.writeEnd);
      FileTableRequests.updateAny(Queues.next(ring), NativeAddress.of(descriptors), 2);
      assertThat(Queues.result(ring)).isEqualTo(2);
      assertThat(descriptors.getInt(0)).isEqualTo(2);
      assertThat(descriptors.getInt(4)).isEqualTo(3);
      write(ring, 3, text, 5);
      assertThat(Native.read(other.readEnd)).isEqualTo("hello");
      descriptors.putInt(0, pipe.writeEnd);
      FileTableRequests.updateAny(Queues.next(ring), NativeAddress.of(descriptors), 1);
      assertThat(Queues.result(ring)).as("none is free").isEqualTo(-Errno.ENFILE);
    }
  }

  @Test
  @Shows(UringOperation.FIXED_FD_INSTALL)
  void an_empty_slot_makes_no_descriptor() {
    try (Ring ring = kind.open(UringOperation.FIXED_FD_INSTALL);
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.readEnd, -1);
      FileTableRequests.install(Queues.next(ring), new FileSlot(1), 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EBADF);
      assertThatThrownBy(() -> FileTableRequests.install(Queues.next(ring), new FileSlot(0), 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
