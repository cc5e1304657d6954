package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.DiskRequest.Operation;
import dev.uring.disk.LoopHarness.Asked;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RawDiskQueueTest {
  private static final int SIZE = 64 << 20;
  private static final int EIO = 5;
  private static final int EOPNOTSUPP = 95;
  private static final int ECANCELED = 125;

  @TempDir Path directory;
  private ImageFile image;
  private RawDisk disk;

  @BeforeEach
  void make_a_disk() {
    image = ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE));
    disk = new RawDisk(image);
  }

  @AfterEach
  void close_it() {
    image.close();
  }

  private byte[] content(int from, int to) throws Exception {
    return Arrays.copyOfRange(Files.readAllBytes(directory.resolve("image")), from, to);
  }

  @Test
  void zeroing_is_exact_whether_the_file_punches_zeroes_or_must_be_written() throws Exception {
    try (LoopHarness harness = new LoopHarness(disk, 4)) {
      for (int way = 0; way < 3; way++) {
        Asked fill = Asked.write(0, 100_000, (byte) 7);
        harness.onLoop(queue -> queue.submit(fill));
        assertThat(fill.error()).isZero();
        if (way == 1) {
          disk.cannotPunch();
        } else if (way == 2) {
          disk.cannotZero();
        }
        Asked zero = Asked.of(Operation.WRITE_ZEROES, 12_345, 54_321);
        harness.onLoop(queue -> queue.submit(zero));
        assertThat(zero.error()).isZero();
        byte[] content = content(0, 100_000);
        assertThat(content[12_344]).isEqualTo((byte) 7);
        assertThat(Arrays.copyOfRange(content, 12_345, 66_666)).containsOnly(0);
        assertThat(content[66_666]).isEqualTo((byte) 7);
      }
    }
  }

  @Test
  void zeroing_only_if_fast_is_refused_where_it_would_be_writing() {
    disk.cannotPunch();
    disk.cannotZero();
    try (LoopHarness harness = new LoopHarness(disk, 4)) {
      Asked zero = Asked.of(Operation.WRITE_ZEROES, 0, 4096);
      zero.setOnlyIfFast(true);
      harness.onLoop(queue -> queue.submit(zero));
      assertThat(zero.error()).isEqualTo(EOPNOTSUPP);
    }
  }

  @Test
  void long_zeroing_gives_way_to_whoever_waits() {
    disk.cannotPunch();
    disk.cannotZero();
    try (LoopHarness harness = new LoopHarness(disk, 2)) {
      Asked one = Asked.of(Operation.WRITE_ZEROES, 0, SIZE);
      Asked other = Asked.of(Operation.WRITE_ZEROES, 0, SIZE);
      Asked read = Asked.read(0, 4096);
      List<String> order = new ArrayList<>();
      one.atEnd = () -> order.add("zeroing");
      other.atEnd = () -> order.add("zeroing");
      read.atEnd = () -> order.add("read");
      harness.onLoop(
          queue -> {
            queue.submit(one);
            queue.submit(other);
            queue.submit(read);
          });
      assertThat(List.of(one.error(), other.error(), read.error())).containsOnly(0);
      assertThat(order).startsWith("read");
    }
  }

  @Test
  void zeroing_that_nobody_wants_any_more_ends_at_its_next_step() {
    disk.cannotPunch();
    disk.cannotZero();
    try (LoopHarness harness = new LoopHarness(disk, 1)) {
      Asked zero = Asked.of(Operation.WRITE_ZEROES, 0, SIZE);
      Asked waiting = Asked.of(Operation.WRITE_ZEROES, 0, SIZE);
      harness.onLoop(
          queue -> {
            queue.submit(zero);
            queue.submit(waiting);
            zero.wanted = false;
            waiting.wanted = false;
          });
      assertThat(zero.error()).isEqualTo(ECANCELED);
      assertThat(waiting.error()).isEqualTo(ECANCELED);
    }
  }

  @Test
  void many_that_wait_and_end_at_once_take_no_stack() {
    disk.cannotPunch();
    try (LoopHarness harness = new LoopHarness(disk, 1)) {
      List<Asked> all = new ArrayList<>();
      all.add(Asked.read(0, 4096));
      for (int count = 0; count < 50_000; count++) {
        all.add(Asked.of(Operation.DISCARD, 0, 4096));
      }
      harness.onLoop(queue -> all.forEach(queue::submit));
      for (Asked request : all) {
        assertThat(request.error()).isZero();
      }
    }
  }

  @Test
  void flushes_that_come_while_one_runs_are_served_by_the_next() {
    try (LoopHarness harness = new LoopHarness(disk, 4)) {
      List<Asked> all = new ArrayList<>();
      for (int count = 0; count < 200; count++) {
        all.add(Asked.of(Operation.FLUSH, 0, 0));
      }
      Asked durable = Asked.write(1 << 20, 4096, (byte) 1);
      durable.setDurable(true);
      all.add(durable);
      harness.onLoop(queue -> all.forEach(queue::submit));
      for (Asked request : all) {
        assertThat(request.error()).isZero();
      }
    }
  }

  @Test
  void after_one_failed_flush_every_later_flush_and_durable_write_fails() {
    try (LoopHarness harness = new LoopHarness(disk, 4);
        LoopHarness another = new LoopHarness(disk, 4)) {
      disk.latch().fail(EIO);
      Asked flush = Asked.of(Operation.FLUSH, 0, 0);
      Asked durable = Asked.write(0, 4096, (byte) 1);
      durable.setDurable(true);
      Asked plain = Asked.write(0, 4096, (byte) 2);
      harness.onLoop(
          queue -> {
            queue.submit(flush);
            queue.submit(durable);
            queue.submit(plain);
          });
      assertThat(flush.error()).isEqualTo(EIO);
      assertThat(durable.error()).isEqualTo(EIO);
      assertThat(plain.error()).isZero();
      Asked elsewhere = Asked.of(Operation.FLUSH, 0, 0);
      another.onLoop(queue -> queue.submit(elsewhere));
      assertThat(elsewhere.error()).isEqualTo(EIO);
    }
  }

  @Test
  void the_first_failure_is_the_one_that_is_remembered() {
    FlushLatch latch = new FlushLatch();
    assertThat(latch.error()).isZero();
    latch.fail(EIO);
    latch.fail(28);
    assertThat(latch.error()).isEqualTo(EIO);
  }
}
