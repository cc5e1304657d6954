package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What requests move through pipes, and the pipes that they make. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TransferRequestsTest {
  private static final long NONE = TransferRequests.NO_OFFSET;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;

  @Parameter RingKind kind;
  @TempDir Path directory;

  @Test
  @Shows(UringOperation.SPLICE)
  void data_moves_from_a_file_into_a_pipe_and_on_into_another_file() throws IOException {
    Path from = Files.writeString(directory.resolve("from"), "0123456789");
    Path to = Files.writeString(directory.resolve("to"), "..........");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        Pipe pipe = new Pipe()) {
      int source = files.file(from);
      int target = files.file(to);
      TransferRequests.splice(Queues.next(ring), source, 3, pipe.writeEnd, NONE, 4);
      assertThat(Queues.result(ring)).isEqualTo(4);
      TransferRequests.splice(Queues.next(ring), pipe.readEnd, NONE, target, 5, 64);
      assertThat(Queues.result(ring)).as("what there was").isEqualTo(4);
      assertThat(to).hasContent(".....3456.");
      TransferRequests.splice(Queues.next(ring), pipe.readEnd, NONE, target, 5, 1)
          .spliceFlags(TransferRequests.NONBLOCK);
      assertThat(Queues.result(ring)).as("an empty pipe").isEqualTo(-Errno.EAGAIN);
      TransferRequests.splice(Queues.next(ring), source, 0, target, 0, 1);
      assertThat(Queues.result(ring)).as("neither is a pipe").isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  @Shows(UringOperation.SPLICE)
  void both_ends_of_a_splice_can_be_slots() throws IOException {
    Path from = Files.writeString(directory.resolve("from"), "0123456789");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(-1, files.file(from), -1, pipe.writeEnd);
      TransferRequests.splice(Queues.next(ring), -1, 8, -1, NONE, 2)
          .spliceFlags(TransferRequests.MOVE)
          .source(new FileSlot(1))
          .on(new FileSlot(3));
      assertThat(Queues.result(ring)).isEqualTo(2);
      assertThat(Native.read(pipe.readEnd)).isEqualTo("89");
    }
  }

  @Test
  @Shows(UringOperation.TEE)
  void a_pipe_is_copied_into_another_and_keeps_its_data() {
    try (Ring ring = kind.open();
        Pipe first = new Pipe();
        Pipe second = new Pipe()) {
      first.write("abcdef");
      TransferRequests.tee(Queues.next(ring), first.readEnd, second.writeEnd, 4);
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(Native.read(second.readEnd)).isEqualTo("abcd");
      assertThat(Native.read(first.readEnd)).isEqualTo("abcdef");
      TransferRequests.tee(Queues.next(ring), first.readEnd, first.writeEnd, 4);
      assertThat(Queues.result(ring)).as("into itself").isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  @Shows(UringOperation.PIPE)
  void a_pipe_is_made_as_two_descriptors() {
    ByteBuffer ends = Native.bytes(16);
    try (Ring ring = kind.open(UringOperation.PIPE);
        OpenFiles files = new OpenFiles()) {
      TransferRequests.pipe(Queues.next(ring), NativeAddress.of(ends) + 4, O_CLOEXEC | O_NONBLOCK);
      assertThat(Queues.result(ring)).isZero();
      int readEnd = files.opened(ends.getInt(4));
      int writeEnd = files.opened(ends.getInt(8));
      assertThat(FileCalls.fcntl(readEnd, FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
      assertThat(Native.C.read(readEnd, new byte[1], 1)).as("it does not block").isNegative();
      Native.write(writeEnd, "through");
      assertThat(Native.read(readEnd)).isEqualTo("through");
      assertThat(ends.getInt(0)).isZero();
      assertThat(ends.getInt(12)).isZero();
    }
  }

  @Test
  @Shows({UringOperation.PIPE, UringOperation.FIXED_FD_INSTALL})
  void a_pipe_is_made_in_two_slots_from_which_descriptors_are_made() {
    ByteBuffer slots = Native.bytes(8);
    long address = NativeAddress.of(slots);
    try (Ring ring = kind.open(UringOperation.PIPE);
        OpenFiles files = new OpenFiles()) {
      ring.registrar().files().registerSparse(8);
      DestinationSlot fourth = DestinationSlot.of(new FileSlot(3));
      TransferRequests.pipe(Queues.next(ring), address, 0, fourth);
      assertThat(Queues.result(ring)).isZero();
      FileTableRequests.install(Queues.next(ring), new FileSlot(4), 0);
      int writeEnd = files.opened(Queues.result(ring));
      FileTableRequests.install(Queues.next(ring), new FileSlot(3), FileTableRequests.KEEP_ON_EXEC);
      int readEnd = files.opened(Queues.result(ring));
      Native.write(writeEnd, "through");
      assertThat(Native.read(readEnd)).isEqualTo("through");
      assertThat(FileCalls.fcntl(writeEnd, FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
      assertThat(FileCalls.fcntl(readEnd, FileCalls.F_GETFD, 0)).isZero();

      TransferRequests.pipe(Queues.next(ring), address, 0, DestinationSlot.any());
      assertThat(Queues.result(ring)).isZero();
      FileTableRequests.install(Queues.next(ring), new FileSlot(slots.getInt(4)), 0);
      int otherWriteEnd = files.opened(Queues.result(ring));
      Native.write(otherWriteEnd, "again");
      ByteBuffer memory = Native.bytes(8);
      FileRequests.read(Queues.next(ring), -1, NativeAddress.of(memory), 8, -1)
          .on(new FileSlot(slots.getInt(0)));
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(Native.text(memory, 0, 5)).isEqualTo("again");
      assertThatThrownBy(() -> TransferRequests.pipe(Queues.next(ring), address, O_CLOEXEC, fourth))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
