package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.IoVectors;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What requests on files' contents do to the files, and to memory. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileRequestsTest {
  private static final String TEXT = "0123456789abcdef";

  @Parameter RingKind kind;
  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void writeFile() throws IOException {
    path = Files.writeString(directory.resolve("file"), TEXT);
  }

  private static String all(ByteBuffer memory) {
    return Native.text(memory, 0, memory.capacity());
  }

  private static long at(ByteBuffer memory, int offset) {
    return NativeAddress.of(memory) + offset;
  }

  @Test
  @Shows(UringOperation.READ)
  void a_read_fills_its_memory_from_its_offset_and_no_more() {
    ByteBuffer memory = Native.ascii("........");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      FileRequests.read(Queues.next(ring), fd, at(memory, 2), 3, 5);
      assertThat(Queues.result(ring)).isEqualTo(3);
      assertThat(all(memory)).isEqualTo("..567...");
      FileRequests.read(Queues.next(ring), fd, at(memory, 0), 8, 14);
      assertThat(Queues.result(ring)).as("what is left").isEqualTo(2);
      FileRequests.read(Queues.next(ring), fd, at(memory, 0), 8, 16);
      assertThat(Queues.result(ring)).as("at the end").isZero();
      assertThat(all(memory)).isEqualTo("ef567...");
    }
  }

  @Test
  @Shows({UringOperation.READ, UringOperation.WRITE})
  void the_current_position_moves_with_what_was_read_and_written() throws IOException {
    ByteBuffer memory = Native.ascii("........");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      FileRequests.read(Queues.next(ring), fd, at(memory, 0), 4, FileRequests.CURRENT_POSITION);
      assertThat(Queues.result(ring)).isEqualTo(4);
      FileRequests.write(Queues.next(ring), fd, at(memory, 0), 4, FileRequests.CURRENT_POSITION);
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(path).hasContent("0123012389abcdef");
    }
  }

  @Test
  @Shows(UringOperation.WRITE)
  void a_write_replaces_its_range() {
    ByteBuffer memory = Native.ascii("--WXYZ--");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      FileRequests.write(Queues.next(ring), files.file(path), at(memory, 2), 4, 7);
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(path).hasContent("0123456WXYZbcdef");
    }
  }

  @Test
  @Shows({UringOperation.READV, UringOperation.WRITEV})
  void pieces_are_filled_and_written_in_their_order() {
    ByteBuffer memory = Native.ascii("........");
    IoVectors pieces = new IoVectors(2).set(0, at(memory, 5), 2).set(1, at(memory, 0), 3);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      FileRequests.readv(Queues.next(ring), fd, pieces.address(), 2, 4);
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(all(memory)).isEqualTo("678..45.");
      FileRequests.writev(Queues.next(ring), fd, pieces.address(), 2, 10);
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(path).hasContent("012345678945678f");
    }
  }

  @Test
  @Shows({UringOperation.READ_FIXED, UringOperation.WRITE_FIXED})
  void a_registered_buffer_takes_and_gives_only_within_itself() {
    ByteBuffer other = Native.pages(1);
    ByteBuffer memory = Native.pages(1).put(0, Native.ascii("................"), 0, 16);
    BufferIndex second = new BufferIndex(1);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      ring.registrar()
          .buffers()
          .register(new long[] {at(other, 0), at(memory, 0)}, new int[] {16, 16});
      FileRequests.readFixed(Queues.next(ring), fd, at(memory, 3), 4, 8).buffer(second);
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(Native.text(memory, 0, 16)).isEqualTo("...89ab.........");
      FileRequests.writeFixed(Queues.next(ring), fd, at(memory, 2), 3, 1).buffer(second);
      assertThat(Queues.result(ring)).isEqualTo(3);
      assertThat(path).hasContent("0.89456789abcdef");
      FileRequests.readFixed(Queues.next(ring), fd, at(memory, 14), 3, 0).buffer(second);
      assertThat(Queues.result(ring)).as("one byte beyond").isEqualTo(-Errno.EFAULT);
      FileRequests.readFixed(Queues.next(ring), fd, at(memory, 0), 3, 0);
      assertThat(Queues.result(ring)).as("in the first buffer").isEqualTo(-Errno.EFAULT);
    }
  }

  @Test
  @Shows({UringOperation.READV_FIXED, UringOperation.WRITEV_FIXED})
  void pieces_of_a_registered_buffer_are_filled_and_written_in_their_order() {
    ByteBuffer other = Native.pages(1);
    ByteBuffer memory = Native.pages(1).put(0, Native.ascii("................"), 0, 16);
    IoVectors pieces = new IoVectors(2).set(0, at(memory, 9), 2).set(1, at(memory, 1), 3);
    try (Ring ring = kind.open(UringOperation.READV_FIXED, UringOperation.WRITEV_FIXED);
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      ring.registrar()
          .buffers()
          .register(new long[] {at(other, 0), at(memory, 0)}, new int[] {16, 16});
      BufferIndex second = new BufferIndex(1);
      FileRequests.readvFixed(Queues.next(ring), fd, pieces.address(), 2, 4, second);
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(Native.text(memory, 0, 16)).isEqualTo(".678.....45.....");
      FileRequests.writevFixed(Queues.next(ring), fd, pieces.address(), 2, 10, second);
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(path).hasContent("012345678945678f");
      FileRequests.readvFixed(Queues.next(ring), fd, pieces.address(), 2, 4, new BufferIndex(0));
      assertThat(Queues.result(ring)).as("in the first buffer").isEqualTo(-Errno.EFAULT);
    }
  }

  @Test
  @Shows(UringOperation.FALLOCATE)
  void space_is_allocated_zeroed_and_given_back_by_range() throws IOException {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      FileRequests.fallocate(Queues.next(ring), fd, FallocateMode.ALLOCATE, 100, 8000);
      assertThat(Queues.result(ring)).isZero();
      assertThat(Files.size(path)).isEqualTo(8100);
      FileRequests.fallocate(Queues.next(ring), fd, FallocateMode.KEEP_SIZE, 9000, 100);
      assertThat(Queues.result(ring)).isZero();
      assertThat(Files.size(path)).isEqualTo(8100);
      int punch = FallocateMode.PUNCH_HOLE | FallocateMode.KEEP_SIZE;
      FileRequests.fallocate(Queues.next(ring), fd, punch, 3, 4);
      assertThat(Queues.result(ring)).isZero();
      assertThat(Files.readString(path)).startsWith("012\0\0\0\000789abcdef\0");
    }
  }

  @Test
  @Shows(UringOperation.FTRUNCATE)
  void a_file_is_cut_and_lengthened() {
    try (Ring ring = kind.open(UringOperation.FTRUNCATE);
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      FileRequests.ftruncate(Queues.next(ring), fd, 3);
      assertThat(Queues.result(ring)).isZero();
      assertThat(path).hasContent("012");
      FileRequests.ftruncate(Queues.next(ring), fd, 0x1_0000_0005L);
      assertThat(Queues.result(ring)).isZero();
      assertThat(path).hasSize(0x1_0000_0005L);
      assertThatThrownBy(() -> FileRequests.ftruncate(Queues.next(ring), fd, -1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.MADVISE)
  void memory_that_is_not_needed_is_empty_again() {
    int page = RawMemory.pageSize();
    ByteBuffer memory = Native.pages(4);
    for (int at = 0; at < 4; at++) {
      memory.put(at * page, (byte) 7);
    }
    try (Ring ring = kind.open()) {
      FileRequests.madvise(Queues.next(ring), at(memory, page), 2 * page, /* MADV_DONTNEED */ 4);
      assertThat(Queues.result(ring)).isZero();
    }
    assertThat(memory.get(0)).isEqualTo((byte) 7);
    assertThat(memory.get(page)).isZero();
    assertThat(memory.get(2 * page)).isZero();
    assertThat(memory.get(3 * page)).isEqualTo((byte) 7);
  }

  @Test
  @Shows(UringOperation.READ_MULTISHOT)
  void a_read_that_stays_takes_a_buffer_for_each_thing_that_comes() {
    BufferGroup group = new BufferGroup(9);
    ByteBuffer memory = Native.bytes(32);
    try (Ring ring = kind.open(UringOperation.READ_MULTISHOT);
        Pipe pipe = new Pipe()) {
      BufferRequests.provide(Queues.next(ring), group, at(memory, 0), 16, 2, 40);
      assertThat(Queues.result(ring)).isZero();
      MultishotRequests.read(Queues.next(ring).userData(5), pipe.readEnd, group);
      assertThat(ring.submit()).isEqualTo(1);
      for (int turn = 0; turn < 2; turn++) {
        pipe.write("turn" + turn);
        Queues.Taken taken = Queues.one(ring);
        assertThat(taken.userData()).isEqualTo(5);
        assertThat(taken.result()).isEqualTo(5);
        assertThat(CompletionFlags.bufferId(taken.flags())).isEqualTo(40 + turn);
        assertThat(taken.flags() & CompletionFlags.MORE).isNotZero();
        assertThat(Native.text(memory, turn * 16, 5)).isEqualTo("turn" + turn);
      }
      pipe.write("x");
      Queues.Taken last = Queues.one(ring);
      assertThat(last.result()).as("there is no buffer left").isEqualTo(-Errno.ENOBUFS);
      assertThat(CompletionFlags.isLast(last.flags())).isTrue();
    }
  }
}
