package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SealedFileTest {
  private static final byte[] CONTENT = {1, 2, 3, 4, 5};

  @TempDir Path directory;

  private static Path pathOf(Descriptor file) {
    int number = file.acquire();
    file.release();
    return Path.of("/proc/self/fd/" + number);
  }

  @Test
  void what_was_written_once_is_read_as_often_as_one_likes() throws IOException {
    try (Descriptor file = SealedFile.of("word of mine", CONTENT)) {
      Path path = pathOf(file);

      assertThat(SealedFile.read(path, 5)).hasValue(CONTENT);
      assertThat(SealedFile.read(path, 100)).hasValue(CONTENT);
      assertThat(SealedFile.read(path, Integer.MAX_VALUE)).hasValue(CONTENT);
      assertThatThrownBy(() -> SealedFile.read(path, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("negative");
      assertThat(Files.readSymbolicLink(path)).hasToString("/memfd:word of mine (deleted)");
    }
  }

  @Test
  void nobody_changes_it_not_even_who_wrote_it() {
    try (Descriptor file = SealedFile.of("word", CONTENT)) {
      Path path = pathOf(file);

      assertThatThrownBy(() -> Files.write(path, new byte[] {9})).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> file.truncate(1)).isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> file.truncate(10)).isInstanceOf(RuntimeException.class);
      assertThat(file.status().size()).isEqualTo(CONTENT.length);
    }
  }

  @Test
  void what_is_not_sealed_is_not_believed() throws IOException {
    Path plain = Files.write(directory.resolve("plain"), CONTENT);
    try (Descriptor open = Descriptor.memFd("word", 5);
        Pipe pipe = Pipe.open()) {
      assertThat(SealedFile.read(plain, 100)).isEmpty();
      assertThat(SealedFile.read(pathOf(open), 100)).isEmpty();
      assertThat(SealedFile.read(pathOf(pipe.readEnd()), 100)).isEmpty();
      assertThat(SealedFile.read(Path.of("/dev/zero"), 100)).isEmpty();
      assertThat(SealedFile.read(directory, 100)).isEmpty();
    }
  }

  @Test
  void one_that_is_too_long_is_not_taken_in() throws IOException {
    try (Descriptor file = SealedFile.of("word", CONTENT)) {
      assertThat(SealedFile.read(pathOf(file), 4)).isEmpty();
    }
  }

  @Test
  void one_that_is_not_there_is_an_error() {
    assertThatThrownBy(() -> SealedFile.read(directory.resolve("none"), 100))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No such file");
  }

  @Test
  void nothing_is_left_open() {
    OpenDescriptors.mustNotLeak(
        200,
        () -> {
          try (Descriptor file = SealedFile.of("word", CONTENT)) {
            assertThat(SealedFile.read(pathOf(file), 5)).isPresent();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void as_much_is_read_as_there_may_be_and_not_less_than_nothing() throws IOException {
    try (Descriptor file = SealedFile.of("word", CONTENT);
        Descriptor nothing = SealedFile.of("nothing", new byte[0])) {
      assertThat(SealedFile.read(pathOf(file), Integer.MAX_VALUE)).hasValue(CONTENT);
      assertThat(SealedFile.read(pathOf(file), 0)).isEmpty();
      assertThat(SealedFile.read(pathOf(nothing), 0)).hasValue(new byte[0]);
      assertThatThrownBy(() -> SealedFile.read(pathOf(file), -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("-1");
    }
  }
}
