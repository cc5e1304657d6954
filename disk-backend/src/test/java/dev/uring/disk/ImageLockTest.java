package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.OpenFileLocks;
import dev.uring.OpenFileLocks.Mode;
import dev.uring.OpenFlag;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol among ourselves and byte by byte; {@link QemuLockTest} has QEMU's own word. */
@Timeout(60)
class ImageLockTest {
  private static final ImageOptions WRITABLE = ImageOptions.defaults().withPatience(Duration.ZERO);
  private static final ImageOptions READ_ONLY = WRITABLE.withReadOnly(true);

  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void make_image() throws Exception {
    image = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
  }

  @Test
  void a_writable_image_marks_exactly_the_bytes_of_a_guest_disk() {
    try (ImageFile served = ImageFile.open(image, WRITABLE)) {
      assertThat(served.isReadOnly()).isFalse();
      assertThat(heldBytes()).containsExactly(100, 101, 201, 203);
    }
    assertThat(heldBytes()).isEmpty();
  }

  @Test
  void a_read_only_image_marks_only_reading_as_used() {
    try (ImageFile served = ImageFile.open(image, READ_ONLY)) {
      assertThat(served.isReadOnly()).isTrue();
      assertThat(heldBytes()).containsExactly(100, 201, 203);
    }
  }

  private List<Integer> heldBytes() {
    try (Descriptor probe = Descriptor.open(image, OpenFlag.READ)) {
      return IntStream.range(0, 300)
          .filter(i -> OpenFileLocks.of(probe).test(Mode.EXCLUSIVE, i, 1).isPresent())
          .boxed()
          .toList();
    }
  }

  @Test
  void two_readers_share_an_image() {
    try (ImageFile first = ImageFile.open(image, READ_ONLY);
        ImageFile second = ImageFile.open(image, READ_ONLY)) {
      assertThat(List.of(first, second)).allMatch(ImageFile::isReadOnly);
    }
  }

  @Test
  void a_writer_shares_with_nobody() {
    try (ImageFile writer = ImageFile.open(image, WRITABLE)) {
      assertThat(writer.isReadOnly()).isFalse();
      assertInUse(WRITABLE, "writes to it");
      assertInUse(READ_ONLY, "writes to it");
    }
    try (ImageFile reader = ImageFile.open(image, READ_ONLY)) {
      assertThat(reader.isReadOnly()).isTrue();
      assertInUse(WRITABLE, "lets nobody else write to it");
    }
    ImageFile.open(image, WRITABLE).close();
  }

  @ParameterizedTest
  @CsvSource({
    // byte that another program holds, in the way of a reader, in the way of a writer
    "100, false, false",
    "101, true, true",
    "102, false, false",
    "103, true, true",
    "200, true, true",
    "201, false, true",
    "202, false, false",
    "203, false, false"
  })
  void each_byte_of_another_is_in_the_way_of_whom_it_concerns(
      int held, boolean reader, boolean writer) {
    try (Descriptor other = Descriptor.open(image, OpenFlag.READ)) {
      assertThat(OpenFileLocks.of(other).tryLock(Mode.SHARED, held, 1)).isTrue();
      assertThat(isRefused(READ_ONLY)).isEqualTo(reader);
      assertThat(isRefused(WRITABLE)).isEqualTo(writer);
    }
  }

  private boolean isRefused(ImageOptions options) {
    try {
      ImageFile.open(image, options).close();
      return false;
    } catch (DiskException e) {
      assertThat(e).hasMessageContaining("is in use");
      return true;
    }
  }

  @Test
  void a_whole_file_lock_of_another_protocol_is_respected() throws Exception {
    try (RandomAccessFile other = new RandomAccessFile(image.toFile(), "rw");
        FileLock lock = other.getChannel().lock()) {
      assertThat(lock.isValid()).isTrue();
      assertInUse(READ_ONLY, "for itself alone");
    }
  }

  @Test
  void a_refused_attempt_leaves_no_mark_of_its_own() {
    try (Descriptor other = Descriptor.open(image, OpenFlag.READ);
        Descriptor ours = Descriptor.open(image, OpenFlag.READ)) {
      assertThat(OpenFileLocks.of(other).tryLock(Mode.SHARED, 101, 1)).isTrue();
      assertThatThrownBy(() -> ImageLock.take(ours, true, "ours", new Patience(Duration.ZERO)))
          .isInstanceOf(DiskException.class);
      assertThat(heldBytes()).containsExactly(101);
    }
  }

  private void assertInUse(ImageOptions options, String activity) {
    assertThatThrownBy(() -> ImageFile.open(image, options))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining(image + " is in use")
        .hasMessageContaining(activity)
        .hasMessageContaining("stop that program")
        .extracting(e -> ((DiskException) e).exitStatus())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closing_any_other_descriptor_of_the_image_keeps_it_marked(boolean readOnly)
      throws Exception {
    try (ImageFile served = ImageFile.open(image, readOnly ? READ_ONLY : WRITABLE)) {
      new RandomAccessFile(image.toFile(), "rw").close();
      served.descriptor().duplicate().close();
      assertThat(heldBytes()).contains(100, 201, 203);
    }
  }

  @Test
  void closing_drops_the_marks_even_if_another_descriptor_keeps_the_file_open() {
    ImageFile served = ImageFile.open(image, WRITABLE);
    try (Descriptor ring = served.descriptor().duplicate()) {
      served.close();
      assertThat(ring.status().size()).isEqualTo(1 << 20);
      assertThat(heldBytes()).isEmpty();
    }
    served.close();
  }

  @Test
  void a_lock_that_goes_away_while_it_is_waited_for_is_not_in_use() throws Exception {
    FutureTask<ImageFile> opening =
        new FutureTask<>(
            () -> ImageFile.open(image, WRITABLE.withPatience(Duration.ofSeconds(50))));
    Thread opener = new Thread(opening, "opener");
    try (ImageFile first = ImageFile.open(image, WRITABLE)) {
      assertThat(first.size()).isEqualTo(1 << 20);
      opener.start();
      while (opener.getState() != Thread.State.TIMED_WAITING) {
        assertThat(opening.isDone()).as("gave up at once").isFalse();
        Thread.onSpinWait();
      }
    }
    opening.get().close();
  }

  @Test
  void an_interrupt_ends_the_waiting_and_is_kept() {
    try (ImageFile first = ImageFile.open(image, WRITABLE)) {
      assertThat(first.size()).isEqualTo(1 << 20);
      Thread.currentThread().interrupt();
      assertInUse(WRITABLE.withPatience(Duration.ofDays(1)), "writes to it");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void of_several_writers_that_start_together_never_two_go_on() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      for (int round = 0; round < 300; round++) {
        Callable<ImageFile> contender = this::tryOpen;
        int winners = 0;
        for (Future<ImageFile> future :
            threads.invokeAll(List.of(contender, contender, contender))) {
          ImageFile winner = future.get();
          if (winner != null) {
            winners++;
            winner.close();
          }
        }
        assertThat(winners).isLessThanOrEqualTo(1);
      }
    } finally {
      threads.shutdown();
    }
  }

  private ImageFile tryOpen() {
    try {
      return ImageFile.open(image, WRITABLE);
    } catch (DiskException e) {
      return null;
    }
  }
}
