package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.uring.Descriptor;
import dev.uring.MemoryVector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
  private static final int PAGE = 4096;

  private static GuestRegion buffer(long address, int length) {
    return GuestRegion.of(address, aligned(length));
  }

  private static ByteBuffer aligned(int length) {
    return ByteBuffer.allocateDirect(length + 2 * PAGE).alignedSlice(PAGE).slice(0, length);
  }

  private static int pieces(GuestMemory memory, long address, long length) {
    MemoryVector vector = new MemoryVector();
    return memory.addTo(vector, address, length) ? vector.count() : -1;
  }

  @Test
  void a_range_in_a_region_is_one_piece_and_its_bytes_are_the_regions() {
    ByteBuffer direct = aligned(PAGE);
    GuestMemory memory = GuestMemory.of(GuestRegion.of(0x10000, direct));
    MemoryVector vector = new MemoryVector();
    assertThat(memory.addTo(vector, 0x10010, PAGE - 16)).isTrue();
    assertThat(vector.count()).isEqualTo(1);
    vector.memory(0).buffer().put(vector.position(0), (byte) 5);
    assertThat(direct.get(16)).isEqualTo((byte) 5);
  }

  @Test
  void what_lies_outside_or_goes_over_an_end_is_refused() {
    GuestMemory memory = GuestMemory.of(buffer(0x10000, PAGE), buffer(0x20000, PAGE));
    assertThat(pieces(memory, 0x10000, PAGE)).isEqualTo(1);
    assertThat(pieces(memory, 0x10000, PAGE + 1)).isEqualTo(-1);
    assertThat(pieces(memory, 0x10fff, 2)).isEqualTo(-1);
    assertThat(pieces(memory, 0x11000, 1)).isEqualTo(-1);
    assertThat(pieces(memory, 0xffff, 2)).isEqualTo(-1);
    assertThat(pieces(memory, 0, 1)).isEqualTo(-1);
    assertThat(pieces(memory, 0x20fff, 0xffff_ffffL)).isEqualTo(-1);
    assertThat(pieces(memory, -1, 2)).isEqualTo(-1);
    assertThat(pieces(memory, Long.MIN_VALUE, 1)).isEqualTo(-1);
    assertThat(pieces(memory, Long.MAX_VALUE, 0xffff_ffffL)).isEqualTo(-1);
    assertThat(pieces(GuestMemory.EMPTY, 0, 1)).isEqualTo(-1);
  }

  @Test
  void a_range_over_windows_or_neighbouring_regions_is_split_and_whole() {
    try (Descriptor file = Descriptor.memFd("guest", 64L * PAGE);
        GuestRegion low = GuestRegion.map(0, 0, 40L * PAGE, file, 0, 8 * PAGE);
        GuestRegion high = GuestRegion.map(40L * PAGE, 0, 10L * PAGE, file, 50L * PAGE, PAGE);
        GuestRegion witness = GuestRegion.map(0, 0, 64L * PAGE, file, 0)) {
      GuestMemory memory = GuestMemory.of(high, low);
      ByteBuffer whole = GuestMemory.of(witness).bytes(0);
      MemoryVector vector = new MemoryVector();
      assertThat(memory.addTo(vector, 100, 50L * PAGE - 100)).isTrue();
      assertThat(vector.count()).isGreaterThan(4);
      assertThat(vector.byteCount()).isEqualTo(50L * PAGE - 100);
      int at = 100;
      for (int piece = 0; piece < vector.count(); piece++) {
        for (int index = 0; index < vector.length(piece); index += 97) {
          int expected = at + index < 40 * PAGE ? at + index : at + index + 10 * PAGE;
          whole.put(expected, (byte) 1);
          byte seen = vector.memory(piece).buffer().get(vector.position(piece) + index);
          assertThat(seen).isEqualTo((byte) 1);
          whole.put(expected, (byte) 0);
        }
        at += vector.length(piece);
      }
      assertThat(pieces(memory, 49L * PAGE, PAGE + 1)).isEqualTo(-1);
    }
  }

  @Test
  void a_range_no_longer_than_a_step_lies_in_one_window_wherever_it_begins() {
    try (Descriptor file = Descriptor.memFd("guest", 32L * PAGE);
        GuestRegion region = GuestRegion.map(0, 0, 32L * PAGE, file, 0, 4 * PAGE)) {
      GuestMemory memory = GuestMemory.of(region);
      for (int address = 0; address <= 28 * PAGE; address += 1000) {
        assertThat(memory.find(address, 4 * PAGE)).isNotNegative();
      }
    }
  }

  @Test
  void a_ring_is_seen_little_endian_and_only_within_one_region() {
    GuestMemory memory = GuestMemory.of(buffer(0, PAGE), buffer(PAGE, PAGE));
    assertThat(memory.view(PAGE - 16, 16).order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThatIllegalArgumentException().isThrownBy(() -> memory.view(PAGE - 16, 17));
    assertThatIllegalArgumentException().isThrownBy(() -> memory.view(-16, 32));
  }

  @Test
  void addresses_of_the_front_end_are_found_by_their_regions() {
    try (Descriptor file = Descriptor.memFd("guest", 2L * PAGE);
        GuestRegion low = GuestRegion.map(0, 0x7f00_0000_0000L, PAGE, file, 0);
        GuestRegion high = GuestRegion.map(1L << 32, -PAGE, PAGE, file, PAGE)) {
      GuestMemory memory = GuestMemory.of(low, high);
      assertThat(memory.guestAddress(0x7f00_0000_0010L)).isEqualTo(0x10);
      assertThat(memory.guestAddress(-1)).isEqualTo((1L << 32) + PAGE - 1);
      assertThatIllegalArgumentException().isThrownBy(() -> memory.guestAddress(0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> memory.guestAddress(0x7f00_0000_0000L + PAGE));
    }
  }

  @Test
  void regions_that_overlap_wrap_or_could_not_hold_a_ring_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GuestMemory.of(buffer(0, PAGE + 1), buffer(PAGE, PAGE)));
    assertThatIllegalArgumentException().isThrownBy(() -> buffer(-PAGE, PAGE));
    assertThatIllegalArgumentException().isThrownBy(() -> buffer(Long.MAX_VALUE - 15, PAGE));
    assertThatIllegalArgumentException().isThrownBy(() -> buffer(0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> buffer(8, PAGE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GuestRegion.of(0, aligned(PAGE).asReadOnlyBuffer()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GuestRegion.of(0, ByteBuffer.allocate(PAGE)));
  }

  @Test
  void a_region_beyond_its_file_is_refused_and_leaves_nothing_mapped() {
    try (Descriptor file = Descriptor.memFd("guest", 3L * PAGE)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GuestRegion.map(0, 0, 4L * PAGE, file, 0, PAGE));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GuestRegion.map(0, 0, PAGE, file, Long.MAX_VALUE));
    }
  }

  /** Regions of one to three units with gaps of none to two, against a table of units. */
  @Property(tries = 300)
  void a_range_is_found_if_and_only_if_every_byte_of_it_is_in_a_region(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 0, max = 8) Integer> shape,
      @ForAll @IntRange(min = 0, max = 600) int from,
      @ForAll @IntRange(min = 1, max = 300) int length) {
    boolean[] there = new boolean[1000];
    List<GuestRegion> regions = new ArrayList<>();
    int at = 0;
    for (int part : shape) {
      at += part % 3 * 16;
      int size = (1 + part / 3) * 16;
      regions.add(buffer(at, size));
      Arrays.fill(there, at, at + size, true);
      at += size;
    }
    boolean whole = true;
    for (int index = from; index < from + length; index++) {
      whole &= there[index];
    }
    GuestMemory memory = GuestMemory.of(regions);
    MemoryVector vector = new MemoryVector();
    assertThat(memory.addTo(vector, from, length)).isEqualTo(whole);
    if (whole) {
      assertThat(vector.byteCount()).isEqualTo(length);
    }
  }
}
