package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rings in memory of the caller's own, with and without a descriptor. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnMemoryTest {

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_ring_works_in_memory_of_the_callers_own(Layout layout) {
    RingBuilder builder = layout.builder(64);
    RingMemorySize size = builder.memorySize();
    ByteBuffer shared = Native.pagesFor(size.ringBytes());
    ByteBuffer entries = Native.pagesFor(size.entriesBytes());
    try (Ring ring = builder.inMemory(shared, entries).build()) {
      for (int round = 0; round < 100; round++) {
        Queues.nop(ring, 0x1122334455667788L);
        assertThat(ring.submit()).isEqualTo(1);
        assertThat(Queues.reap(ring)).containsExactly(0x1122334455667788L + ":0");
      }
      assertThat(entries.getLong(32)).isEqualTo(0x1122334455667788L);
    }
    assertThat(entries.getLong(32)).as("still there, and ours").isEqualTo(0x1122334455667788L);
  }

  @Test
  void an_entry_of_128_bytes_is_handed_out_empty_to_its_end() {
    RingBuilder builder = Ring.builder(2).wideEntries();
    RingMemorySize size = builder.memorySize();
    ByteBuffer entries = Native.pagesFor(size.entriesBytes());
    assertThat(size.entriesBytes()).isEqualTo(256);
    try (Ring ring = builder.inMemory(Native.pagesFor(size.ringBytes()), entries).build()) {
      for (int at = 0; at < 256; at++) {
        entries.put(at, (byte) 0x5a);
      }
      Queues.nop(ring, 0);
      for (int at = 64; at < 256; at++) {
        assertThat(entries.get(at)).isEqualTo((byte) (at < 128 ? 0 : 0x5a));
      }
    }
  }

  @Test
  void an_entry_whose_index_is_out_of_range_is_dropped_and_counted() {
    RingBuilder builder = Ring.builder(16).indexArray();
    RingMemorySize size = builder.memorySize();
    ByteBuffer shared = Native.pagesFor(size.ringBytes());
    try (Ring ring = builder.inMemory(shared, Native.pagesFor(size.entriesBytes())).build()) {
      assertThat(ring.setupFlags()).doesNotContain(SetupFlag.NO_SQARRAY);
      int array = size.ringBytes() - 16 * Integer.BYTES;
      assertThat(shared.getInt(array + 5 * Integer.BYTES)).as("the array of indices").isEqualTo(5);
      Queues.nop(ring, 1);
      Queues.nop(ring, 2);
      shared.putInt(array, 4711);
      assertThat(ring.submission().dropped()).isZero();
      int submitted = 0;
      while (ring.submission().pending() > 0) {
        submitted += ring.submit();
      }
      assertThat(submitted).isEqualTo(1);
      assertThat(ring.submission().dropped()).isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("2:0");
    }
  }

  @Test
  void memory_that_is_too_small_or_not_at_a_page_or_in_the_heap_is_refused() {
    RingBuilder builder = Ring.builder(512);
    RingMemorySize size = builder.memorySize();
    ByteBuffer good = Native.pagesFor(Math.max(size.ringBytes(), size.entriesBytes()));
    ByteBuffer small = Native.pages(1);
    assertThatThrownBy(() -> builder.inMemory(small, good).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ringBytes=" + size.ringBytes());
    assertThatThrownBy(() -> builder.inMemory(good, small).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.inMemory(good.slice(8, 4096), good))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("page");
    assertThatThrownBy(() -> builder.inMemory(ByteBuffer.allocate(4096), good))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void memory_is_for_one_ring() {
    RingBuilder builder = Ring.builder(4);
    RingMemorySize size = builder.memorySize();
    RingBuilder placed =
        builder.inMemory(Native.pagesFor(size.ringBytes()), Native.pagesFor(size.entriesBytes()));
    placed.build().close();
    assertThatThrownBy(placed::build).isInstanceOf(IllegalStateException.class);
  }

  private static List<Path> ringDescriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(OwnMemoryTest::isRing).toList();
    }
  }

  private static boolean isRing(Path link) {
    try {
      return Files.readSymbolicLink(link).toString().contains("io_uring");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  @Test
  void a_ring_without_a_descriptor_does_everything_by_its_index() throws IOException {
    RingBuilder builder = Ring.builder(4);
    RingMemorySize size = builder.memorySize();
    List<Path> before = ringDescriptors();
    builder
        .inMemory(Native.pagesFor(size.ringBytes()), Native.pagesFor(size.entriesBytes()))
        .registeredDescriptorOnly();
    Ring ring = builder.build();
    try (ring;
        Native.Pipe pipe = new Native.Pipe()) {
      assertThat(ringDescriptors()).isEqualTo(before);
      assertThatThrownBy(ring::descriptor).isInstanceOf(IllegalStateException.class);
      ring.registrar().files().register(pipe.readEnd);
      pipe.write("ab");
      ByteBuffer memory = Native.bytes(8);
      FileRequests.read(Queues.next(ring), 0, NativeAddress.of(memory), 8, 0).on(new FileSlot(0));
      assertThat(Queues.result(ring)).isEqualTo(2);
      assertThat(ring.newExtendedWait().forAtMost(1000).enter(0, 1))
          .isEqualTo(-dev.uring.sys.Errno.ETIME);
    }
    assertThat(ring.registrar().files().tryUnregister()).isEqualTo(-dev.uring.sys.Errno.EBADF);
    // The index is free again.
    try (Ring other = Ring.builder(4).ownedByThisThread().build()) {
      Queues.nop(other, 1);
      assertThat(other.submit()).isEqualTo(1);
    }
  }
}
