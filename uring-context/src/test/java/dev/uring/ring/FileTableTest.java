package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The table of registered files: plain, sparse, tagged, updated, and its errors. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileTableTest {
  @TempDir Path directory;

  private final ByteBuffer memory = Native.bytes(64);

  private int file(String name, String text) throws IOException {
    return Native.open(Files.writeString(directory.resolve(name), text));
  }

  private String read(Ring ring, int slot) {
    FileRequests.read(Queues.next(ring), -1, NativeAddress.of(memory), 64, 0)
        .on(new FileSlot(slot));
    int result = Queues.result(ring);
    return result < 0 ? Errno.name(-result) : Native.text(memory, 0, result);
  }

  private static void assertRefused(String errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            UringException.class, refused -> assertThat(refused.errnoName()).isEqualTo(errno));
  }

  @Test
  void a_slot_outlives_the_descriptor_that_it_was_filled_from() throws IOException {
    try (Ring ring = Ring.builder(4).build()) {
      int first = file("first", "one");
      int second = file("second", "two");
      ring.registrar().files().register(first, FileTable.EMPTY, second);
      FileCalls.close(first);
      FileCalls.close(second);

      assertThat(read(ring, 0)).isEqualTo("one");
      assertThat(read(ring, 1)).isEqualTo("EBADF");
      assertThat(read(ring, 2)).isEqualTo("two");
      assertThat(read(ring, 3)).isEqualTo("EBADF");
    }
  }

  @Test
  void a_table_is_there_once_and_without_one_nothing_can_be_done_to_it() {
    try (Ring ring = Ring.builder(4).build()) {
      FileTable files = ring.registrar().files();
      assertRefused("ENXIO", files::unregister);
      assertRefused("ENXIO", () -> files.update(0, FileTable.EMPTY));
      files.registerSparse(2);
      assertRefused("EBUSY", () -> files.registerSparse(2));
      assertRefused("EBUSY", () -> files.register(FileTable.EMPTY));
      files.unregister();
      files.registerSparse(3);
      assertThat(files.tryUnregister()).isZero();
      assertThat(files.tryUnregister()).isEqualTo(-Errno.ENXIO);
    }
  }

  @Test
  void a_table_with_a_bad_descriptor_is_refused_whole() throws IOException {
    try (Ring ring = Ring.builder(4).build()) {
      int good = file("good", "good");
      FileTable files = ring.registrar().files();
      assertRefused("EBADF", () -> files.register(good, 1 << 30));
      assertThat(read(ring, 0)).isEqualTo("EBADF");
      files.register(good);
      assertThat(read(ring, 0)).isEqualTo("good");
      FileCalls.close(good);
    }
  }

  @Test
  void a_table_beyond_the_limit_on_open_files_is_refused_with_the_remedy() throws IOException {
    int limit =
        Files.readAllLines(Path.of("/proc/self/limits")).stream()
            .filter(line -> line.startsWith("Max open files"))
            .map(line -> Integer.valueOf(line.split(" +", -1)[3]))
            .findFirst()
            .orElseThrow();
    try (Ring ring = Ring.builder(4).build()) {
      assertThatThrownBy(() -> ring.registrar().files().registerSparse(limit + 1))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("EMFILE")
          .hasMessageContaining("ulimit -n");
      assertRefused("EINVAL", () -> ring.registrar().files().registerSparse(0));
    }
  }

  @Test
  void an_update_fills_empties_keeps_and_stops_at_what_fails() throws IOException {
    try (Ring ring = Ring.builder(4).build()) {
      int one = file("one", "1");
      int two = file("two", "2");
      FileTable files = ring.registrar().files();
      files.registerSparse(4);
      assertThat(files.update(1, one, two)).isEqualTo(2);
      assertThat(read(ring, 1) + read(ring, 2)).isEqualTo("12");
      assertThat(files.update(1, FileTable.KEEP, one)).isEqualTo(2);
      assertThat(read(ring, 1) + read(ring, 2)).isEqualTo("11");
      assertThat(files.update(1, FileTable.EMPTY)).isEqualTo(1);
      assertThat(read(ring, 1)).isEqualTo("EBADF");
      assertThat(files.update(0, two, 1 << 30, two)).isEqualTo(1);
      assertThat(read(ring, 0) + read(ring, 2)).isEqualTo("21");
      assertRefused("EBADF", () -> files.update(0, 1 << 30));
      assertRefused("EINVAL", () -> files.update(3, one, two));
      assertRefused("EINVAL", () -> files.update(4, one));
      FileCalls.close(one);
      FileCalls.close(two);
    }
  }

  @Test
  void memory_that_is_not_there_is_a_fault() {
    try (Ring ring = Ring.builder(4).build()) {
      RegisterCaller caller = new RegisterCaller(ring.descriptor(), false);
      assertThat(caller.attempt(dev.uring.allowlist.RegisterCall.REGISTER_FILES, 4096L, 1))
          .isEqualTo(-Errno.EFAULT);
    }
  }

  @Test
  void a_tag_comes_back_when_the_file_has_left_its_slot_and_no_request_has_it() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      FileTable files = ring.registrar().files();
      files.registerTagged(new int[] {pipe.readEnd, pipe.writeEnd}, new long[] {71, 72});
      FileRequests.read(Queues.next(ring), 0, NativeAddress.of(memory), 4, 0)
          .on(new FileSlot(0))
          .userData(5);
      assertThat(ring.submit()).isEqualTo(1);

      assertThat(files.updateTagged(0, new int[] {pipe.writeEnd}, new long[] {73})).isEqualTo(1);
      assertThat(ring.flush()).isNotNegative();
      assertThat(Queues.reap(ring)).as("a read is in flight on the file").isEmpty();
      pipe.write("data");
      assertThat(Queues.one(ring).userData()).isEqualTo(5);
      assertThat(Queues.one(ring).userData()).isEqualTo(71);
      files.unregister();
      assertThat(Queues.one(ring).userData() + Queues.one(ring).userData()).isEqualTo(72 + 73);
      assertThat(ring.completion().available()).isZero();
    }
  }

  @Test
  void an_update_without_tags_leaves_the_new_file_without_one() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      FileTable files = ring.registrar().files();
      files.registerTagged(new int[] {pipe.readEnd}, new long[] {81});
      assertThat(files.updateTagged(0, new int[] {pipe.writeEnd}, null)).isEqualTo(1);
      assertThat(Queues.one(ring).userData()).isEqualTo(81);
      files.unregister();
      assertThat(ring.flush()).isNotNegative();
      assertThat(ring.completion().available()).isZero();
      assertThatThrownBy(() -> files.registerTagged(new int[] {1}, new long[] {1, 2}))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_tag_on_an_empty_slot_is_refused() {
    try (Ring ring = Ring.builder(4).build()) {
      assertRefused(
          "EINVAL",
          () ->
              ring.registrar().files().registerTagged(new int[] {FileTable.EMPTY}, new long[] {1}));
    }
  }

  @Test
  void a_request_in_flight_keeps_its_file_when_the_table_goes() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.readEnd);
      FileRequests.read(Queues.next(ring), 0, NativeAddress.of(memory), 4, 0).on(new FileSlot(0));
      assertThat(ring.submit()).isEqualTo(1);
      ring.registrar().files().unregister();
      pipe.write("kept");
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(Native.text(memory, 0, 4)).isEqualTo("kept");
    }
  }

  @Test
  void the_kernel_chooses_slots_within_the_allocation_range_only() throws IOException {
    Path path = Files.writeString(directory.resolve("opened"), "opened");
    ByteBuffer name = Native.bytes(256);
    name.put(0, (path + "\0").getBytes(StandardCharsets.UTF_8));
    try (Ring ring = Ring.builder(4).build()) {
      FileTable files = ring.registrar().files();
      files.registerSparse(8);
      files.allocationRange(3, 2);

      assertThat(openAnywhere(ring, name)).isBetween(3, 4);
      assertThat(openAnywhere(ring, name)).isBetween(3, 4);
      assertThat(openAnywhere(ring, name)).isEqualTo(-Errno.ENFILE);
      assertThat(read(ring, 3) + read(ring, 4)).isEqualTo("openedopened");
      assertThat(read(ring, 5)).isEqualTo("EBADF");
      assertRefused("EINVAL", () -> files.allocationRange(7, 2));
      assertRefused("EOVERFLOW", () -> files.allocationRange(-1, 2));
    }
  }

  private static int openAnywhere(Ring ring, ByteBuffer name) {
    FileSystemRequests.open(Queues.next(ring), FileSystemRequests.WORKING_DIRECTORY, name, 0, 0)
        .destination(DestinationSlot.any());
    return Queues.result(ring);
  }

  @Test
  void a_request_puts_its_file_into_the_slot_that_it_names() throws IOException {
    Path path = Files.writeString(directory.resolve("exact"), "exact");
    ByteBuffer name = Native.bytes(256);
    name.put(0, (path + "\0").getBytes(StandardCharsets.UTF_8));
    try (Ring ring = Ring.builder(4).build()) {
      ring.registrar().files().registerSparse(4);
      FileSystemRequests.open(Queues.next(ring), FileSystemRequests.WORKING_DIRECTORY, name, 0, 0)
          .destination(DestinationSlot.of(new FileSlot(2)));
      assertThat(Queues.result(ring)).isZero();
      assertThat(read(ring, 2)).isEqualTo("exact");
      assertThat(read(ring, 1)).isEqualTo("EBADF");
    }
  }
}
