package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings of provided buffers. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BufferRingsTest {
  private static final BufferGroup GROUP = new BufferGroup(2047);
  private static final int SIZE = 64;

  private final ByteBuffer memory = Native.bytes(8 * SIZE);

  private static Set<BufferRingOption> options(boolean kernelMemory) {
    return kernelMemory
        ? EnumSet.of(BufferRingOption.KERNEL_MEMORY)
        : EnumSet.noneOf(BufferRingOption.class);
  }

  private void add(ProvidedBuffers buffers, int id) {
    buffers.add(NativeAddress.of(memory) + (long) id * SIZE, SIZE, id);
  }

  private static Queues.Taken read(Ring ring, int fd, int most) {
    FileRequests.read(Queues.next(ring), fd, 0, most, FileRequests.CURRENT_POSITION).buffers(GROUP);
    return Queues.one(ring);
  }

  private static void assertRefused(String errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            UringException.class, refused -> assertThat(refused.errnoName()).isEqualTo(errno));
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void the_kernel_takes_buffers_in_order_says_which_and_runs_out(Layout layout) {
    try (Ring ring = layout.builder(4).build();
        Pipe pipe = new Pipe();
        ProvidedBuffers buffers =
            ring.registrar().bufferRings().register(GROUP, 4, options(false))) {
      add(buffers, 5);
      add(buffers, 2);
      buffers.publish();
      pipe.write("firstsecond");

      Queues.Taken first = read(ring, pipe.readEnd, 5);
      Queues.Taken second = read(ring, pipe.readEnd, 6);
      assertThat(first.result()).isEqualTo(5);
      assertThat(first.flags() & CompletionFlags.BUFFER).isEqualTo(CompletionFlags.BUFFER);
      assertThat(CompletionFlags.bufferId(first.flags())).isEqualTo(5);
      assertThat(CompletionFlags.bufferId(second.flags())).isEqualTo(2);
      assertThat(Native.text(memory, 5 * SIZE, 5)).isEqualTo("first");
      assertThat(Native.text(memory, 2 * SIZE, 6)).isEqualTo("second");
      pipe.write("x");
      assertThat(read(ring, pipe.readEnd, 1).result()).isEqualTo(-Errno.ENOBUFS);
    }
  }

  @Test
  void a_buffer_that_was_added_and_not_published_is_not_the_kernels() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe();
        ProvidedBuffers buffers =
            ring.registrar().bufferRings().register(GROUP, 2, options(false))) {
      pipe.write("xxxxx");
      // Each place has its turn: the first shares its memory with what publishing writes.
      for (int round = 0; round < 5; round++) {
        add(buffers, 1);
        assertThat(read(ring, pipe.readEnd, 1).result()).isEqualTo(-Errno.ENOBUFS);
        buffers.publish();
        assertThat(read(ring, pipe.readEnd, 1).result()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_ring_goes_on_where_its_16_bit_counters_wrap(boolean kernelMemory) {
    int zeros = Native.open(Path.of("/dev/zero"));
    try (Ring ring = Ring.builder(4).build();
        ProvidedBuffers buffers =
            ring.registrar().bufferRings().register(GROUP, 4, options(kernelMemory))) {
      int rounds = 70_000;
      for (int round = 0; round < rounds; round++) {
        if ((round + 3 & 0x3fff) < 6) {
          assertThat(read(ring, zeros, 1).result()).isEqualTo(-Errno.ENOBUFS);
        }
        add(buffers, round & 7);
        buffers.publish();
        Queues.Taken taken = read(ring, zeros, 1);
        if (taken.result() != 1 || CompletionFlags.bufferId(taken.flags()) != (round & 7)) {
          throw new AssertionError(taken + " in round " + round);
        }
      }
      assertThat(ring.registrar().bufferRings().head(GROUP)).isEqualTo(rounds - 65_536);
      assertThat(buffers.available()).isZero();
      add(buffers, 1);
      assertThat(buffers.available()).isEqualTo(1);
    } finally {
      FileCalls.close(zeros);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_incremental_buffer_is_used_bit_by_bit(boolean kernelMemory) {
    Set<BufferRingOption> options = options(kernelMemory);
    options.add(BufferRingOption.INCREMENTAL);
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe();
        ProvidedBuffers buffers = ring.registrar().bufferRings().register(GROUP, 2, options)) {
      buffers.add(NativeAddress.of(memory), 10, 7);
      buffers.add(NativeAddress.of(memory) + SIZE, 10, 8);
      buffers.publish();
      pipe.write("abcdefghijkl");

      Queues.Taken start = read(ring, pipe.readEnd, 4);
      Queues.Taken rest = read(ring, pipe.readEnd, 6);
      Queues.Taken next = read(ring, pipe.readEnd, 2);
      assertThat(CompletionFlags.bufferId(start.flags())).isEqualTo(7);
      assertThat(CompletionFlags.bufferId(rest.flags())).isEqualTo(7);
      assertThat(CompletionFlags.bufferId(next.flags())).isEqualTo(8);
      assertThat(start.flags() & CompletionFlags.BUFFER_MORE)
          .isEqualTo(CompletionFlags.BUFFER_MORE);
      assertThat(rest.flags() & CompletionFlags.BUFFER_MORE).as("used up").isZero();
      assertThat(Native.text(memory, 0, 10)).isEqualTo("abcdefghij");
      assertThat(Native.text(memory, SIZE, 2)).isEqualTo("kl");
    }
  }

  @Test
  void a_group_is_there_once_and_without_one_nothing_can_be_done_to_it() {
    try (Ring ring = Ring.builder(4).build()) {
      BufferRings rings = ring.registrar().bufferRings();
      assertRefused("ENOENT", () -> rings.head(GROUP));
      assertRefused("ENOENT", () -> rings.unregister(GROUP));
      try (ProvidedBuffers buffers = rings.register(GROUP, 4, options(false))) {
        assertRefused("EEXIST", () -> rings.register(GROUP, 4, options(false)));
        assertThat(rings.head(buffers.group())).isZero();
        rings.unregister(GROUP);
        assertRefused("ENOENT", () -> rings.head(GROUP));
      }
      rings.register(GROUP, 4, options(true)).close();
      rings.register(GROUP, 32_768, options(true)).close();
    }
  }

  @Test
  void a_size_that_no_ring_can_have_is_refused_before_the_kernel_is_asked() {
    try (Ring ring = Ring.builder(4).build()) {
      for (int wrong : new int[] {0, -1, 3, 65_536, Integer.MIN_VALUE}) {
        assertThatThrownBy(
                () -> ring.registrar().bufferRings().register(GROUP, wrong, options(false)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(
              () ->
                  ring.registrar().bufferRings().register(new BufferGroup(2048), 4, options(true)))
          .isInstanceOf(IllegalArgumentException.class);
      ring.registrar().bufferRings().register(new BufferGroup(65_535), 4, options(false)).close();
      for (int wrong : new int[] {-1, 65_536}) {
        assertThatThrownBy(() -> new BufferGroup(wrong))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void buffers_may_be_closed_after_their_ring_and_twice() {
    Ring ring = Ring.builder(4).build();
    ProvidedBuffers own = ring.registrar().bufferRings().register(GROUP, 4, options(false));
    ProvidedBuffers kernels =
        ring.registrar().bufferRings().register(new BufferGroup(1), 4, options(true));
    ring.close();
    own.close();
    own.close();
    kernels.close();
    assertThatThrownBy(() -> own.add(1, 1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
