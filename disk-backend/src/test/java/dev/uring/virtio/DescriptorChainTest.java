package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.MemoryVector;
import dev.uring.virtio.RingDriver.Piece;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptorChainTest {
  private static final int SIZE = 16;

  private final GuestArea area = GuestArea.make(0x4000_0000L, 1 << 20);
  private final RingDriver driver = new RingDriver(area, SIZE, false);
  private final long table = area.allocate(16 * 2048, 16);
  private final long data = area.allocate(4096, 16);
  private final GuestMemory memory = area.map();
  private final SplitRing ring = new SplitRing(driver.setup(), memory);
  private final DescriptorChain chain = new DescriptorChain(true);

  private void put(int index, long address, int length, int flags, int next) {
    driver.putDescriptor(driver.descriptors, index, address, length, flags, next);
  }

  private void putInTable(int index, long address, int length, int flags, int next) {
    driver.putDescriptor(table, index, address, length, flags, next);
  }

  private void assertBroken(int head, String reason) {
    assertThatThrownBy(() -> chain.read(ring, memory, head))
        .isInstanceOf(BrokenQueueException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void what_is_read_comes_before_what_is_written_each_in_order() {
    int head =
        driver.add(
            List.of(
                new Piece(data, 16, false),
                new Piece(data + 100, 1, false),
                new Piece(data + 200, 512, true),
                new Piece(data + 1000, 3, true)));
    chain.read(ring, memory, head);
    assertThat(chain.readableBytes()).isEqualTo(17);
    assertThat(chain.writableBytes()).isEqualTo(515);
    assertThat(chain.readable().count()).isEqualTo(2);
    assertThat(chain.writable().length(1)).isEqualTo(3);
    chain.lastMemory().buffer().put(chain.lastPosition(), (byte) 9);
    assertThat(area.getByte(data + 1002)).isEqualTo(9);
  }

  @Test
  void an_indirect_table_may_end_a_chain_and_its_direction_means_nothing() {
    putInTable(0, data + 32, 8, RingDriver.NEXT, 3);
    putInTable(3, data + 64, 4, RingDriver.WRITE, 0);
    put(0, data, 16, RingDriver.NEXT, 1);
    put(1, table, 64, RingDriver.INDIRECT | RingDriver.WRITE, 0);
    chain.read(ring, memory, 0);
    assertThat(chain.readableBytes()).isEqualTo(24);
    assertThat(chain.writableBytes()).isEqualTo(4);
  }

  @Test
  void an_indirect_table_may_be_longer_than_the_queue() {
    List<Piece> pieces = new ArrayList<>();
    for (int index = 0; index < 1024; index++) {
      pieces.add(new Piece(data + index, 1, index >= 500));
    }
    int head = driver.addIndirect(pieces, table);
    chain.read(ring, memory, head);
    assertThat(chain.readableBytes()).isEqualTo(500);
    assertThat(chain.writableBytes()).isEqualTo(524);
    assertThat(chain.isScattered()).isFalse();
  }

  @Test
  void a_chain_of_more_pieces_than_the_disk_takes_is_known_as_such() {
    GuestArea large = GuestArea.make(0, 1 << 20);
    RingDriver many = new RingDriver(large, 2048, false);
    List<Piece> pieces = new ArrayList<>();
    for (int index = 0; index < MemoryVector.MAXIMUM_PIECES + 1; index++) {
      pieces.add(new Piece(1 << 19, 1, true));
    }
    pieces.add(new Piece((1 << 19) + 77, 1, true));
    GuestMemory map = large.map();
    int head = many.add(pieces);
    chain.read(new SplitRing(many.setup(), map), map, head);
    assertThat(chain.isScattered()).isTrue();
    assertThat(chain.writableBytes()).isEqualTo(MemoryVector.MAXIMUM_PIECES + 2);
    assertThat(chain.lastPosition()).isEqualTo((1 << 19) + 77);
  }

  @Test
  void heads_and_nexts_out_of_range_are_refused() {
    assertBroken(SIZE, "descriptor 16 in a table of 16");
    assertBroken(65_535, "descriptor 65535");
    put(0, data, 1, RingDriver.NEXT, SIZE);
    assertBroken(0, "descriptor 16");
    put(0, table, 16, RingDriver.INDIRECT, 0);
    putInTable(0, data, 1, RingDriver.NEXT, 1);
    assertBroken(0, "descriptor 1 in a table of 1");
  }

  @Test
  void circles_are_refused() {
    put(0, data, 1, RingDriver.NEXT, 0);
    assertBroken(0, "circles");
    for (int index = 0; index < SIZE; index++) {
      put(index, data, 1, RingDriver.NEXT, (index + 1) % SIZE);
    }
    assertBroken(3, "circles");
    put(0, table, 32, RingDriver.INDIRECT, 0);
    putInTable(0, data, 1, RingDriver.NEXT, 1);
    putInTable(1, data, 1, RingDriver.NEXT, 0);
    assertBroken(0, "circles");
  }

  @Test
  void a_chain_as_long_as_the_queue_is_none_too_long() {
    for (int index = 0; index < SIZE; index++) {
      put(index, data + index, 1, index < SIZE - 1 ? RingDriver.NEXT : 0, index + 1);
    }
    chain.read(ring, memory, 0);
    assertThat(chain.readableBytes()).isEqualTo(SIZE);
  }

  @Test
  void indirect_tables_that_are_nested_odd_huge_empty_or_elsewhere_are_refused() {
    putInTable(0, table, 16, RingDriver.INDIRECT, 0);
    put(0, table, 16, RingDriver.INDIRECT, 0);
    assertBroken(0, "within another");
    for (int length : new int[] {0, 8, 17, 33, -16, -1, 16 * 32_769, Integer.MIN_VALUE}) {
      put(0, table, length, RingDriver.INDIRECT, 0);
      assertBroken(0, "an indirect table of");
    }
    put(0, table, 16, RingDriver.INDIRECT | RingDriver.NEXT, 1);
    assertBroken(0, "not the end");
    put(0, 0, 16, RingDriver.INDIRECT, 0);
    assertBroken(0, "do not lie in the guest's memory");
    put(0, area.base + (1 << 20) - 16, 32, RingDriver.INDIRECT, 0);
    assertBroken(0, "do not lie in the guest's memory");
  }

  @Test
  void indirect_tables_are_refused_unless_negotiated() {
    put(0, table, 16, RingDriver.INDIRECT, 0);
    assertThatThrownBy(() -> new DescriptorChain(false).read(ring, memory, 0))
        .isInstanceOf(BrokenQueueException.class)
        .hasMessageContaining("not negotiated");
  }

  @Test
  void memory_outside_the_regions_or_across_their_end_is_refused() {
    for (long address : new long[] {0, -1, Long.MIN_VALUE, area.base - 1, area.base + (1 << 20)}) {
      put(0, address, 1, 0, 0);
      assertBroken(0, "do not lie in the guest's memory");
    }
    put(0, area.base - 1, 2, 0, 0);
    assertBroken(0, "do not lie");
    put(0, area.base + (1 << 20) - 1, 2, RingDriver.WRITE, 0);
    assertBroken(0, "do not lie");
    put(0, area.base, -1, RingDriver.WRITE, 0);
    assertBroken(0, "do not lie");
    put(0, -8, 16, RingDriver.WRITE, 0);
    assertBroken(0, "do not lie");
  }

  @Test
  void empty_descriptors_and_parts_in_the_wrong_order_are_refused() {
    put(0, data, 0, 0, 0);
    assertBroken(0, "without bytes");
    put(0, data, 1, RingDriver.WRITE | RingDriver.NEXT, 1);
    put(1, data, 1, 0, 0);
    assertBroken(0, "behind one to be written");
  }

  @Test
  void a_chain_of_more_than_four_gibibytes_is_refused() {
    // The same memory over and over: each part lies in it, the sum is what is refused.
    GuestArea large = GuestArea.make(0, 8 << 20);
    RingDriver many = new RingDriver(large, 1024, false);
    List<Piece> pieces = new ArrayList<>();
    for (int index = 0; index < 600; index++) {
      pieces.add(new Piece(0, 8 << 20, true));
    }
    GuestMemory map = large.map();
    int head = many.add(pieces);
    assertThatThrownBy(() -> chain.read(new SplitRing(many.setup(), map), map, head))
        .isInstanceOf(BrokenQueueException.class)
        .hasMessageContaining("4 GiB");
  }
}
