package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The table of registered buffers: plain, sparse, tagged, updated, cloned, and its errors. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BufferTableTest {
  private static final long NOWHERE = 4096;

  private final ByteBuffer first = Native.pages(1);
  private final ByteBuffer second = Native.pages(1);

  private static long[] at(ByteBuffer... memory) {
    long[] addresses = new long[memory.length];
    for (int index = 0; index < memory.length; index++) {
      addresses[index] = NativeAddress.of(memory[index]);
    }
    return addresses;
  }

  private static int[] of(int... lengths) {
    return lengths;
  }

  /** What becomes of a read into this memory as the registered buffer with this index. */
  private static String read(Ring ring, ByteBuffer memory, int index) {
    try (Pipe pipe = new Pipe()) {
      pipe.write("data");
      FileRequests.readFixed(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 4, 0)
          .buffer(new BufferIndex(index));
      int result = Queues.result(ring);
      return result < 0 ? Errno.name(-result) : Native.text(memory, 0, result);
    }
  }

  private static void assertRefused(String errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            UringException.class, refused -> assertThat(refused.errnoName()).isEqualTo(errno));
  }

  @Test
  void a_request_reaches_the_buffer_that_it_names_and_no_other_memory() {
    try (Ring ring = Ring.builder(4).build()) {
      ring.registrar().buffers().register(at(first, second), of(4096, 4096));

      assertThat(read(ring, first, 0)).isEqualTo("data");
      assertThat(read(ring, second, 1)).isEqualTo("data");
      assertThat(read(ring, second, 0)).isEqualTo("EFAULT");
      assertThat(read(ring, first, 2)).isEqualTo("EFAULT");
    }
  }

  @Test
  void a_table_is_there_once_and_without_one_nothing_can_be_done_to_it() {
    try (Ring ring = Ring.builder(4).build()) {
      BufferTable buffers = ring.registrar().buffers();
      assertRefused("ENXIO", buffers::unregister);
      assertRefused("ENXIO", () -> buffers.update(0, at(first), of(4096), null));
      buffers.register(at(first), of(4096));
      assertRefused("EBUSY", () -> buffers.register(at(first), of(4096)));
      assertRefused("EBUSY", () -> buffers.registerSparse(1));
      buffers.unregister();
      assertThat(read(ring, first, 0)).isEqualTo("EFAULT");
      buffers.registerSparse(1);
    }
  }

  @Test
  void memory_that_is_not_there_or_too_long_is_refused_whole() {
    try (Ring ring = Ring.builder(4).build()) {
      BufferTable buffers = ring.registrar().buffers();
      assertRefused(
          "EFAULT",
          () -> buffers.register(new long[] {NativeAddress.of(first), NOWHERE}, of(4096, 4096)));
      assertRefused("EFAULT", () -> buffers.register(at(first), of((1 << 30) + 1)));
      assertThat(read(ring, first, 0)).isEqualTo("EFAULT");
      assertRefused("EINVAL", () -> buffers.registerSparse(BufferTable.MOST + 1));
      assertRefused("EINVAL", () -> buffers.registerSparse(0));
      buffers.registerSparse(BufferTable.MOST);
    }
  }

  @Test
  void a_sparse_place_is_filled_and_emptied_by_updates() {
    try (Ring ring = Ring.builder(4).build()) {
      BufferTable buffers = ring.registrar().buffers();
      buffers.registerSparse(3);
      assertThat(read(ring, first, 1)).isEqualTo("EFAULT");
      assertThat(buffers.update(1, at(first, second), of(4096, 4096), null)).isEqualTo(2);
      assertThat(read(ring, first, 1)).isEqualTo("data");
      assertThat(read(ring, second, 2)).isEqualTo("data");
      assertThat(buffers.update(1, new long[] {0}, of(0), null)).isEqualTo(1);
      assertThat(read(ring, first, 1)).isEqualTo("EFAULT");
      assertThat(read(ring, second, 2)).isEqualTo("data");
    }
  }

  @Test
  void an_update_stops_at_what_fails_and_ends_at_the_table() {
    try (Ring ring = Ring.builder(4).build()) {
      BufferTable buffers = ring.registrar().buffers();
      buffers.registerSparse(2);
      long[] goodThenBad = {NativeAddress.of(first), NOWHERE};
      assertThat(buffers.update(0, goodThenBad, of(4096, 4096), null)).isEqualTo(1);
      assertThat(read(ring, first, 0)).isEqualTo("data");
      assertRefused("EFAULT", () -> buffers.update(1, new long[] {NOWHERE}, of(4096), null));
      assertRefused("EINVAL", () -> buffers.update(1, goodThenBad, of(4096, 4096), null));
    }
  }

  @Test
  void a_tag_comes_back_when_no_request_uses_the_buffer_any_more() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      BufferTable buffers = ring.registrar().buffers();
      buffers.registerTagged(at(first, second), of(4096, 4096), new long[] {91, 0});
      FileRequests.readFixed(Queues.next(ring), pipe.readEnd, NativeAddress.of(first), 4, 0)
          .buffer(new BufferIndex(0))
          .userData(5);
      assertThat(ring.submit()).isEqualTo(1);
      assertThat(buffers.update(0, at(second), of(4096), new long[] {92})).isEqualTo(1);
      assertThat(ring.flush()).isNotNegative();
      assertThat(Queues.reap(ring)).as("a read is in flight into the buffer").isEmpty();
      pipe.write("last");
      assertThat(Queues.one(ring).userData()).isEqualTo(5);
      assertThat(Queues.one(ring).userData()).isEqualTo(91);
      assertThat(Native.text(first, 0, 4)).isEqualTo("last");
      buffers.unregister();
      assertThat(Queues.one(ring).userData()).isEqualTo(92);
      assertThat(ring.completion().available()).isZero();
    }
  }

  @Test
  void cloned_buffers_outlive_the_ring_that_they_came_from() {
    Ring source = Ring.builder(4).build();
    try (Ring ring = Ring.builder(4).build()) {
      assertRefused("ENXIO", () -> ring.registrar().buffers().cloneFrom(source));
      source.registrar().buffers().register(at(first, second), of(4096, 4096));
      ring.registrar().buffers().cloneFrom(source);
      assertRefused("EBUSY", () -> ring.registrar().buffers().cloneFrom(source));
      source.close();
      assertThatThrownBy(() -> ring.registrar().buffers().cloneFrom(source))
          .isInstanceOf(IllegalStateException.class);
      assertThat(read(ring, first, 0)).isEqualTo("data");
      assertThat(read(ring, second, 1)).isEqualTo("data");
    } finally {
      source.close();
    }
  }

  @Test
  void a_part_of_the_buffers_is_cloned_beside_others_or_over_them() {
    try (Ring source = Ring.builder(4).build();
        Ring ring = Ring.builder(4).build()) {
      source.registrar().buffers().register(at(first, second), of(4096, 4096));
      BufferTable buffers = ring.registrar().buffers();
      buffers.register(at(first), of(4096));
      assertRefused("EBUSY", () -> buffers.cloneFrom(source, 1, 0, 1, false));
      buffers.cloneFrom(source, 1, 0, 1, true);
      assertThat(read(ring, second, 0)).isEqualTo("data");
      assertThat(read(ring, first, 0)).isEqualTo("EFAULT");
      buffers.cloneFrom(source, 0, 3, 1, true);
      assertThat(read(ring, first, 3)).isEqualTo("data");
      assertThat(read(ring, second, 0)).isEqualTo("data");
      assertThatThrownBy(() -> buffers.cloneFrom(source, 1, 0, 5, true))
          .isInstanceOf(UringException.class);
      assertThat(read(ring, second, 0)).as("as before").isEqualTo("data");
    }
  }
}
