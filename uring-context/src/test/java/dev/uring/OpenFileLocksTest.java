package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.OpenFileLocks.Holder;
import dev.uring.OpenFileLocks.Mode;
import dev.uring.ring.UringException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFileLocksTest {
  @TempDir Path directory;
  private Path file;
  private Descriptor first;
  private Descriptor second;

  @BeforeEach
  void open_twice() throws Exception {
    file = Files.createFile(directory.resolve("file"));
    first = Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE);
    second = Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE);
  }

  @AfterEach
  void close_both() {
    first.close();
    second.close();
  }

  @Test
  void a_second_open_file_of_the_same_process_conflicts() {
    assertThat(OpenFileLocks.of(first).tryLock(Mode.EXCLUSIVE, 100, 4)).isTrue();
    assertThat(OpenFileLocks.of(second).tryLock(Mode.SHARED, 103, 1)).isFalse();
    assertThat(OpenFileLocks.of(second).tryLock(Mode.SHARED, 104, 1)).isTrue();
    assertThat(OpenFileLocks.of(second).tryLock(Mode.SHARED, 99, 1)).isTrue();
  }

  @Test
  void shared_locks_share_and_keep_an_exclusive_one_out() {
    assertThat(OpenFileLocks.of(first).tryLock(Mode.SHARED, 0, 10)).isTrue();
    assertThat(OpenFileLocks.of(second).tryLock(Mode.SHARED, 0, 10)).isTrue();
    assertThat(OpenFileLocks.of(second).tryLock(Mode.EXCLUSIVE, 5, 1)).isFalse();
    OpenFileLocks.of(first).unlock(5, 1);
    assertThat(OpenFileLocks.of(second).tryLock(Mode.EXCLUSIVE, 5, 1)).isTrue();
  }

  @Test
  void closing_another_descriptor_of_the_file_loses_nothing() throws Exception {
    assertThat(OpenFileLocks.of(first).tryLock(Mode.EXCLUSIVE, 0, 1)).isTrue();
    Descriptor.open(file, OpenFlag.READ).close();
    new RandomAccessFile(file.toFile(), "rw").close();
    assertThat(OpenFileLocks.of(second).tryLock(Mode.EXCLUSIVE, 0, 1)).isFalse();
  }

  @Test
  void a_duplicate_shares_the_lock_and_keeps_it_alive() {
    assertThat(OpenFileLocks.of(first).tryLock(Mode.EXCLUSIVE, 0, 1)).isTrue();
    try (Descriptor duplicate = first.duplicate()) {
      assertThat(OpenFileLocks.of(duplicate).tryLock(Mode.EXCLUSIVE, 0, 1)).isTrue();
      first.close();
      assertThat(OpenFileLocks.of(second).tryLock(Mode.SHARED, 0, 1)).isFalse();
    }
    assertThat(OpenFileLocks.of(second).tryLock(Mode.SHARED, 0, 1)).isTrue();
  }

  @Test
  void the_test_names_what_is_in_the_way_and_takes_nothing() {
    OpenFileLocks.of(first).tryLock(Mode.SHARED, 200, 4);
    assertThat(OpenFileLocks.of(second).test(Mode.EXCLUSIVE, 202, 1))
        .contains(new Holder(Mode.SHARED, 200, 4, OptionalInt.empty()));
    assertThat(OpenFileLocks.of(second).test(Mode.SHARED, 202, 1)).isEmpty();
    assertThat(OpenFileLocks.of(first).test(Mode.EXCLUSIVE, 200, 4)).as("own locks").isEmpty();
    assertThat(OpenFileLocks.of(first).tryLock(Mode.EXCLUSIVE, 202, 1)).isTrue();
    assertThat(OpenFileLocks.of(second).test(Mode.SHARED, 0, 0))
        .contains(new Holder(Mode.EXCLUSIVE, 202, 1, OptionalInt.empty()));
  }

  @Test
  void a_process_lock_of_java_is_seen_with_its_process() throws Exception {
    try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw");
        FileLock lock = other.getChannel().lock(7, 2, false)) {
      assertThat(lock.isValid()).isTrue();
      int process = (int) ProcessHandle.current().pid();
      assertThat(OpenFileLocks.of(first).test(Mode.SHARED, 0, 0))
          .contains(new Holder(Mode.EXCLUSIVE, 7, 2, OptionalInt.of(process)));
    }
  }

  @Test
  void an_exclusive_lock_needs_a_writable_file_but_its_test_does_not() {
    try (Descriptor reader = Descriptor.open(file, OpenFlag.READ)) {
      OpenFileLocks locks = OpenFileLocks.of(reader);
      assertThat(locks.test(Mode.EXCLUSIVE, 0, 1)).isEmpty();
      assertThatThrownBy(() -> locks.tryLock(Mode.EXCLUSIVE, 0, 1))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("EBADF")
          .hasMessageContaining("for writing");
    }
  }

  @Test
  void ranges_that_do_not_exist_are_refused_and_the_last_byte_is_not() {
    OpenFileLocks locks = OpenFileLocks.of(first);
    assertThatThrownBy(() -> locks.tryLock(Mode.SHARED, -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> locks.test(Mode.SHARED, 1, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> locks.unlock(2, Long.MAX_VALUE - 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(locks.tryLock(Mode.SHARED, Long.MAX_VALUE - 1, 1)).isTrue();
  }
}
