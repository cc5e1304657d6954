package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.IoVectors;
import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rings and the memory of requests over processes, closing and time. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingLifetimeTest {

  @Test
  void a_vector_may_be_used_again_as_soon_as_it_was_submitted() {
    ByteBuffer memory = Native.bytes(16);
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      assertThat(ring.features()).contains(Feature.SUBMIT_STABLE);
      IoVectors vectors = new IoVectors(2);
      vectors.set(0, NativeAddress.of(memory), 2).set(1, NativeAddress.of(memory) + 8, 2);
      FileRequests.readv(Queues.next(ring), pipe.readEnd, vectors.address(), 2, 0);
      assertThat(ring.submit()).isEqualTo(1);
      // Anybody who still read it would go astray.
      vectors.set(0, 1, 1).set(1, 1, 1);
      pipe.write("abcd");
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(Native.text(memory, 0, 2) + Native.text(memory, 8, 2)).isEqualTo("abcd");
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_program_that_is_started_gets_neither_the_ring_nor_its_memory(Layout layout)
      throws Exception {
    try (Ring ring = layout.builder(4).build()) {
      Queues.nop(ring, 1);
      Process child =
          new ProcessBuilder("sh", "-c", "ls -l /proc/self/fd; cat /proc/self/maps")
              .redirectErrorStream(true)
              .start();
      String seen = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(child.waitFor()).isZero();
      assertThat(seen).contains("/proc/").doesNotContain("io_uring");
      assertThat(ring.submit()).isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("1:0");
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_forked_process_would_not_have_the_rings_memory(Layout layout) throws IOException {
    try (Ring ring = layout.builder(4).build()) {
      List<String> flags = new ArrayList<>();
      boolean rings = false;
      for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
        if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
          rings = line.contains("io_uring");
        } else if (rings && line.startsWith("VmFlags:")) {
          flags.add(line);
        }
      }
      assertThat(flags).hasSizeGreaterThanOrEqualTo(2).allMatch(line -> line.contains(" dc"));
      assertThat(ring.isClosed()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_ring_may_be_closed_with_requests_in_flight_and_is_not_touched_after(Layout layout) {
    ByteBuffer memory = Native.bytes(8);
    try (Pipe pipe = new Pipe()) {
      for (int round = 0; round < 20; round++) {
        Ring ring = layout.builder(4).build();
        SubmissionQueue submission = ring.submission();
        CompletionQueue completion = ring.completion();
        CompletionReader reader = ring.reader();
        FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 1, 0);
        Queues.nop(ring, 1);
        assertThat(ring.submit()).isEqualTo(2);
        ExtendedWait wait = ring.newExtendedWait();
        RingHalves halves = ring.split();
        ring.close();
        ring.close();
        assertThat(wait.enter(0, 0)).isEqualTo(-Errno.EBADF);
        assertThat(halves.reaping().await(0)).isEqualTo(-Errno.EBADF);
        assertThatThrownBy(submission::next).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(completion::tail).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(reader::next).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(ring.toString()).contains("closed");
      }
    }
  }

  @Test
  void slots_groups_and_buffers_are_not_each_other() {
    assertThatThrownBy(() -> new FileSlot(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BufferIndex(16_384)).isInstanceOf(IllegalArgumentException.class);
    assertThat(DestinationSlot.of(new FileSlot(0)).encoded()).isEqualTo(1);
    assertThat(DestinationSlot.any().encoded()).isEqualTo(-1);
    assertThat(DestinationSlot.any()).hasToString("any free slot");
    assertThat(DestinationSlot.of(new FileSlot(3))).hasToString("slot 3");
    assertThatThrownBy(() -> DestinationSlot.of(new FileSlot(Integer.MAX_VALUE)))
        .isInstanceOf(ArithmeticException.class);
  }
}
