package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.BufferPool.Buffer;
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
}
