package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.UringException;
import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SharedMappingTest {
  private static final int PAGE = RawMemory.pageSize();

  @TempDir Path directory;

  /** The ranges of /proc/self/maps that hold an address. */
  private static List<String> mapsAt(long address) throws Exception {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> Long.compareUnsigned(bound(line, 0), address) <= 0)
        .filter(line -> Long.compareUnsigned(address, bound(line, 1)) < 0)
        .toList();
  }

  private static long bound(String line, int index) {
    return Long.parseUnsignedLong(line.substring(0, line.indexOf(' ')).split("-", 2)[index], 16);
  }

  @Test
  void all_who_map_a_file_see_the_same_bytes() {
    try (Descriptor file = Descriptor.memFd("shared", 4L * PAGE);
        SharedMapping one = SharedMapping.map(file, 0, 4 * PAGE);
        SharedMapping other = SharedMapping.map(file, PAGE + 24, 100)) {
      assertThat(other.memory().length()).isEqualTo(100);
      one.memory().buffer().put(PAGE + 24 + 99, (byte) 7);
      assertThat(other.memory().buffer().get(99)).isEqualTo((byte) 7);
      other.memory().buffer().put(0, (byte) 8);
      assertThat(one.memory().buffer().get(PAGE + 24)).isEqualTo((byte) 8);
    }
  }

  @Test
  void what_is_closed_reads_as_zeros_and_leaves_the_file_alone() throws Exception {
    try (Descriptor file = Descriptor.memFd("closed", PAGE);
        SharedMapping witness = SharedMapping.map(file, 0, PAGE)) {
      SharedMapping mapping = SharedMapping.map(file, 0, PAGE);
      ByteBuffer bytes = mapping.memory().buffer();
      bytes.put(0, (byte) 1);
      assertThat(mapsAt(RawMemory.addressOf(bytes)).toString()).contains("memfd:closed");
      mapping.close();
      mapping.close();
      assertThat(bytes.get(0)).isZero();
      bytes.put(1, (byte) 2);
      assertThat(witness.memory().buffer().get(0)).isEqualTo((byte) 1);
      assertThat(witness.memory().buffer().get(1)).isZero();
      assertThat(mapsAt(RawMemory.addressOf(bytes)).toString()).doesNotContain("memfd:");
    }
  }

  @Test
  @Timeout(60)
  void addresses_stay_for_as_long_as_a_buffer_of_them_and_no_longer() throws Exception {
    try (Descriptor file = Descriptor.memFd("kept", 64L * PAGE)) {
      List<ByteBuffer> held = new ArrayList<>(List.of(partOf(file)));
      long address = RawMemory.addressOf(held.get(0));
      for (int count = 0; count < 5; count++) {
        System.gc();
        held.get(0).put(count, (byte) count);
        assertThat(mapsAt(address).toString()).contains("memfd:kept");
      }
      held.clear();
      while (mapsAt(address).toString().contains("memfd:kept")) {
        System.gc();
        Thread.onSpinWait();
      }
    }
  }

  private static ByteBuffer partOf(Descriptor file) {
    return SharedMapping.map(file, 0, 64 * PAGE).memory().slice(PAGE, PAGE).buffer().duplicate();
  }

  @Test
  void a_range_that_is_not_in_the_file_is_refused() {
    try (Descriptor file = Descriptor.memFd("short", PAGE)) {
      assertThatIllegalArgumentException().isThrownBy(() -> SharedMapping.map(file, 0, PAGE + 1));
      assertThatIllegalArgumentException().isThrownBy(() -> SharedMapping.map(file, -1, 1));
      assertThatIllegalArgumentException().isThrownBy(() -> SharedMapping.map(file, 0, 0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SharedMapping.map(file, Long.MAX_VALUE, 1));
    }
  }

  @Test
  void a_file_that_may_only_be_read_is_refused_with_what_to_do() throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[PAGE]);
    try (Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      assertThatThrownBy(() -> SharedMapping.map(file, 0, PAGE))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("reading and writing");
    }
  }
}
