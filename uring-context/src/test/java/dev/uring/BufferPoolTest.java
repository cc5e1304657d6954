package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.BufferPool.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferPoolTest {
  @ParameterizedTest
  @CsvSource({
    "1, 4096",
    "4096, 4096",
    "4097, 8192",
    "65536, 65536",
    "65537, 131072",
    "33554432, 33554432",
    "1073741824, 1073741824"
  })
  void what_is_lent_is_the_next_power_of_two(int length, int lent) {
    assertThat(BufferPool.lent(length)).isEqualTo(lent);
  }

  @Test
  void what_comes_back_is_lent_again() {
    BufferPool pool = new BufferPool(1 << 20);
    Buffer first = pool.take(5000);
    pool.give(first);
    assertThat(pool.take(8000)).isSameAs(first);
    assertThat(pool.take(8000)).isNotSameAs(first);
  }

  @Test
  void idle_memory_stays_within_its_limit() {
    BufferPool pool = new BufferPool(64 * 1024);
    List<Buffer> lent = new ArrayList<>();
    for (int count = 0; count < 100; count++) {
      lent.add(pool.take(4096));
    }
    lent.forEach(pool::give);
    assertThat(pool.keptBytes()).isEqualTo(64 * 1024);
  }

  @Test
  void large_buffers_that_lie_idle_make_room_for_small_ones() {
    BufferPool pool = new BufferPool(1 << 20);
    pool.give(pool.take(1 << 20));
    assertThat(pool.keptBytes()).isEqualTo(1 << 20);
    Buffer small = pool.take(4096);
    pool.give(small);
    assertThat(pool.take(4096)).isSameAs(small);
    assertThat(pool.keptBytes()).isZero();
  }

  @Test
  void what_is_lent_begins_at_a_page_and_can_be_registered() {
    BufferPool pool = new BufferPool(0);
    try (URingContext context = URingContext.create(8)) {
      NativeMemory memory = pool.take(5000).memory();
      assertThat(memory.addressOf(0, 0) % BufferPool.SMALLEST).isZero();
      assertThat(context.registerBuffers(memory)).hasSize(1);
    }
  }

  @Test
  void nothing_is_lent_to_two() {
    BufferPool pool = new BufferPool(1 << 20);
    BufferPool other = new BufferPool(1 << 20);
    Buffer buffer = pool.take(1);
    assertThatThrownBy(() -> other.give(buffer)).isInstanceOf(IllegalStateException.class);
    pool.give(buffer);
    assertThatThrownBy(() -> pool.give(buffer)).isInstanceOf(IllegalStateException.class);
    assertThat(pool.take(1)).isSameAs(buffer);
    assertThat(pool.take(1)).isNotSameAs(buffer);
    assertThat(other.keptBytes()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"-1", "1073741825", "2147483647", "-2147483648"})
  void sizes_that_cannot_be_are_refused(int length) {
    BufferPool pool = new BufferPool(0);
    assertThatThrownBy(() -> pool.take(length))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not " + length);
    assertThatThrownBy(() -> BufferPool.lent(length)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BufferPool(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
