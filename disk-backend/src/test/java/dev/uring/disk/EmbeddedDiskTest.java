package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedDiskTest {
  private static final int SIZE = 4 << 20;

  @TempDir Path directory;

  private EmbeddedDisk make() {
    return EmbeddedDisk.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE));
  }

  private static void start(Runnable action) {
    new Thread(action).start();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Buffers of every kind with the same content between position and limit. */
  private static List<ByteBuffer> kinds(byte[] content) {
    List<ByteBuffer> kinds = new ArrayList<>();
    kinds.add(ByteBuffer.wrap(Arrays.copyOf(content, content.length)));
    kinds.add(ByteBuffer.allocateDirect(content.length).put(0, content));
    ByteBuffer unaligned = ByteBuffer.allocateDirect(content.length + 9);
    kinds.add(unaligned.position(9).slice().put(0, content));
    kinds.add(ByteBuffer.allocate(content.length + 7).position(7).put(7, content));
    ByteBuffer middle = ByteBuffer.allocateDirect(content.length + 20);
    kinds.add(middle.put(5, content).position(5).limit(5 + content.length));
    return kinds;
  }

  @Test
  void what_any_buffer_stores_any_buffer_reads_and_positions_move() throws Exception {
    byte[] content = random(700_001, 1);
    try (EmbeddedDisk disk = make()) {
      for (int kind = 0; kind < kinds(content).size(); kind++) {
        ByteBuffer source = kinds(content).get(kind);
        disk.write(12_345, source);
        assertThat(source.position()).isEqualTo(source.limit());
        for (ByteBuffer target : kinds(new byte[content.length])) {
          int before = target.position();
          disk.read(12_345, target);
          assertThat(target.position()).isEqualTo(target.limit());
          assertThat(target.position(before)).isEqualTo(ByteBuffer.wrap(content));
        }
        disk.writeZeroes(0, SIZE, false);
      }
      disk.write(1, ByteBuffer.wrap(content).asReadOnlyBuffer());
      byte[] array = new byte[content.length + 2];
      disk.read(0, array, 1, content.length);
      assertThat(array[0]).isZero();
      assertThat(Arrays.copyOfRange(array, 2, content.length + 1))
          .isEqualTo(Arrays.copyOf(content, content.length - 1));
    }
    assertThat(Arrays.copyOfRange(Files.readAllBytes(directory.resolve("image")), 1, 700_002))
        .isEqualTo(content);
  }

  @Test
  void zeroes_are_zeroes_and_a_discard_is_no_error() throws Exception {
    try (EmbeddedDisk disk = make()) {
      disk.write(0, random(10_000, 2), 0, 10_000);
      disk.writeZeroes(1000, 5000, true);
      disk.writeZeroes(7000, 100, false);
      disk.discard(SIZE / 2, SIZE / 2);
      disk.discard(0, 0);
      disk.flush();
      byte[] read = new byte[10_000];
      disk.read(0, read, 0, read.length);
      byte[] expected = random(10_000, 2);
      Arrays.fill(expected, 1000, 6000, (byte) 0);
      Arrays.fill(expected, 7000, 7100, (byte) 0);
      assertThat(read).isEqualTo(expected);
    }
  }

  @Test
  void many_threads_each_get_what_they_stored_themselves() throws Exception {
    int threads = 16;
    int share = SIZE / threads;
    try (EmbeddedDisk disk = make()) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = thread * share;
        all.add(
            CompletableFuture.runAsync(() -> work(disk, first, share), EmbeddedDiskTest::start));
      }
      all.forEach(CompletableFuture::join);
    }
  }

  private static void work(EmbeddedDisk disk, int first, int share) {
    Random random = new Random(first);
    byte[] model = new byte[share];
    try {
      for (int round = 0; round < 300; round++) {
        int from = random.nextInt(share);
        int length = random.nextInt(Math.min(share - from, 20_000) + 1);
        if (random.nextBoolean()) {
          byte[] data = random(length, round);
          System.arraycopy(data, 0, model, from, length);
          disk.write(first + from, data, 0, length);
        } else {
          ByteBuffer target = ByteBuffer.allocateDirect(length);
          disk.read(first + from, target);
          assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(model, from, length));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void what_does_not_lie_on_the_disk_is_refused() throws Exception {
    try (EmbeddedDisk disk = make()) {
      assertThat(disk.size()).isEqualTo(SIZE);
      assertThatThrownBy(() -> disk.read(SIZE, ByteBuffer.allocate(1)))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> disk.write(-1, ByteBuffer.allocate(1)))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> disk.write(Long.MAX_VALUE, ByteBuffer.allocate(1)))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> disk.writeZeroes(1, Long.MAX_VALUE, false))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> disk.discard(0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> disk.read(0, new byte[3], 2, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> disk.read(0, ByteBuffer.allocate(1).asReadOnlyBuffer()));
      disk.read(SIZE, ByteBuffer.allocate(0));
      disk.write(SIZE, ByteBuffer.allocateDirect(0));
    }
  }

  @Test
  void a_disk_that_is_read_only_is_read_and_flushed_and_no_more() throws Exception {
    Files.write(directory.resolve("image"), random(SIZE, 3));
    try (EmbeddedDisk disk =
        EmbeddedDisk.open(directory.resolve("image"), ImageOptions.defaults().withReadOnly(true))) {
      byte[] read = new byte[SIZE];
      disk.read(0, read, 0, SIZE);
      assertThat(read).isEqualTo(random(SIZE, 3));
      disk.flush();
      assertThat(disk.isReadOnly()).isTrue();
      assertThatThrownBy(() -> disk.write(0, ByteBuffer.allocate(1)))
          .isInstanceOf(NonWritableChannelException.class);
      assertThatThrownBy(() -> disk.discard(0, 1)).isInstanceOf(NonWritableChannelException.class);
    }
  }

  @Test
  void direct_io_wants_whole_blocks_and_takes_memory_from_anywhere() throws Exception {
    EmbeddedDisk opened;
    try {
      opened =
          EmbeddedDisk.open(
              directory.resolve("image"),
              ImageOptions.defaults().withCreate(SIZE).withDirect(true));
    } catch (DiskException e) {
      Assumptions.abort("skipped: no O_DIRECT on the file system of the temporary directory");
      throw e;
    }
    try (EmbeddedDisk disk = opened) {
      int block = disk.blockSize();
      assertThat(block).isGreaterThan(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> disk.write(1, ByteBuffer.allocate(block)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> disk.write(0, ByteBuffer.allocate(block + 1)));
      byte[] content = random(64 * block, 4);
      for (ByteBuffer source : kinds(content)) {
        disk.write(block, source);
        for (ByteBuffer target : kinds(new byte[content.length])) {
          int before = target.position();
          disk.read(block, target);
          assertThat(target.position(before)).isEqualTo(ByteBuffer.wrap(content));
        }
      }
    }
  }

  @Test
  void a_closed_disk_refuses_every_call_and_closes_twice() throws Exception {
    EmbeddedDisk disk = make();
    disk.close();
    disk.close();
    assertThatThrownBy(() -> disk.read(0, ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(disk::flush).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> disk.discard(0, 1)).isInstanceOf(ClosedChannelException.class);
    EmbeddedDisk.open(directory.resolve("image"), ImageOptions.defaults()).close();
  }

  @Test
  void calls_that_closing_meets_are_done_or_refused_and_none_is_left_waiting() throws Exception {
    int callers = 4;
    int length = SIZE / callers;
    for (int round = 0; round < 20; round++) {
      Path image = directory.resolve("image" + round);
      EmbeddedDisk disk = EmbeddedDisk.open(image, ImageOptions.defaults().withCreate(SIZE));
      CountDownLatch underWay = new CountDownLatch(callers);
      List<CompletableFuture<Byte>> written = new ArrayList<>();
      for (int caller = 0; caller < callers; caller++) {
        int place = caller * length;
        written.add(
            CompletableFuture.supplyAsync(
                () -> writeUntilClosed(disk, place, length, underWay), EmbeddedDiskTest::start));
      }
      underWay.await();
      disk.close();
      byte[] content = Files.readAllBytes(image);
      for (int caller = 0; caller < callers; caller++) {
        byte last = written.get(caller).get();
        assertThat(content[caller * length]).isEqualTo(last);
        assertThat(content[(caller + 1) * length - 1]).isEqualTo(last);
      }
      Files.delete(image);
    }
  }

  /** Fills a place with 1, 2, 3 … and says which of them was the last to be stored. */
  private static byte writeUntilClosed(
      EmbeddedDisk disk, int place, int length, CountDownLatch underWay) {
    ByteBuffer source = ByteBuffer.allocateDirect(length);
    byte written = 0;
    while (true) {
      try {
        byte next = (byte) (written + 1);
        for (int index = 0; index < length; index += 512) {
          source.put(index, next);
        }
        source.put(length - 1, next);
        disk.write(place, source.clear());
        written = next;
        underWay.countDown();
      } catch (ClosedChannelException e) {
        return written;
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void an_interrupt_ends_no_request_and_is_not_forgotten() throws Exception {
    try (EmbeddedDisk disk = make()) {
      Thread.currentThread().interrupt();
      disk.write(0, new byte[] {1, 2, 3}, 0, 3);
      assertThat(Thread.interrupted()).isTrue();
      byte[] read = new byte[3];
      disk.read(0, read, 0, 3);
      assertThat(read).containsExactly(1, 2, 3);
    }
  }

  @Test
  void a_flush_that_failed_once_fails_ever_after_with_what_and_why() {
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE));
    RawDisk raw = new RawDisk(image);
    EmbeddedDisk disk = EmbeddedDisk.of(raw);
    raw.latch().fail(5);
    for (int round = 0; round < 2; round++) {
      assertThatThrownBy(disk::flush)
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("FLUSH", "EIO");
    }
    assertThatThrownBy(disk::close).isInstanceOf(IOException.class).hasMessageContaining("EIO");
    image.close();
  }

  @Test
  void as_a_channel_it_is_read_to_its_end() throws Exception {
    try (DiskChannel channel = new DiskChannel(make())) {
      channel.position(SIZE - 10);
      assertThat(channel.write(ByteBuffer.wrap(random(10, 5)))).isEqualTo(10);
      channel.position(SIZE - 10);
      ByteBuffer target = ByteBuffer.allocate(100);
      assertThat(channel.read(target)).isEqualTo(10);
      assertThat(channel.read(target)).isEqualTo(-1);
      assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(random(10, 5)));
      assertThat(channel.position()).isEqualTo(channel.size());
    }
  }
}
