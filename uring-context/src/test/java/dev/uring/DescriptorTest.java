package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.UringException;
import dev.uring.sys.FileCalls;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTest {
  @TempDir Path directory;

  @Test
  void status_tells_what_the_file_system_tells_others() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[12_345]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Instant modified = Instant.parse("2001-02-03T04:05:06.000000789Z");
    Files.setLastModifiedTime(file, FileTime.from(modified));
    try (Descriptor descriptor = Descriptor.open(file, OpenFlag.READ)) {
      FileStatus status = descriptor.status();
      assertThat(status.kind()).isEqualTo(FileKind.REGULAR);
      assertThat(status.size()).isEqualTo(12_345);
      assertThat(status.permissions()).isEqualTo(0640);
      assertThat(status.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
      assertThat(status.modified()).isEqualTo(modified);
      assertThat(status.mountId()).isPresent();
      assertThat(status.preferredTransfer()).isPositive();
      long device = (long) Files.getAttribute(file, "unix:dev");
      // The C library's packing of the two numbers, gnu_dev_major and gnu_dev_minor.
      assertThat(status.device().major()).isEqualTo((int) ((device >>> 8) & 0xfff));
      assertThat(status.device().minor())
          .isEqualTo((int) ((device & 0xff) | ((device >>> 12) & ~0xff)));
    }
  }

  @Test
  void a_sparse_file_takes_less_room_than_its_size() {
    Path file = directory.resolve("sparse");
    try (Descriptor descriptor =
        Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {
      descriptor.truncate(1L << 40);
      assertThat(descriptor.status().size()).isEqualTo(1L << 40);
      assertThat(descriptor.status().allocated()).isLessThan(1 << 20);
      assertThat(FileStatus.of(file).isSameFile(descriptor.status())).isTrue();
      assertThat(FileStatus.of(directory).isSameFile(descriptor.status())).isFalse();
    }
  }

  @Test
  void each_kind_of_file_is_told_apart() {
    assertThat(FileStatus.of(directory).kind()).isEqualTo(FileKind.DIRECTORY);
    assertThat(FileStatus.of(Path.of("/dev/null")).kind()).isEqualTo(FileKind.CHARACTER_DEVICE);
    assertThat(FileStatus.of(Path.of("/dev/null")).specialDevice()).hasToString("1:3");
    try (Descriptor event = Descriptor.eventFd(1)) {
      assertThat(event.status().kind()).isEqualTo(FileKind.OTHER);
    }
    List<Descriptor> pair = Sockets.pair();
    assertThat(pair).allMatch(socket -> socket.status().kind() == FileKind.SOCKET);
    pair.forEach(Descriptor::close);
  }

  @Test
  void every_factory_closes_on_exec() throws Exception {
    List<Descriptor> made =
        Stream.concat(
                Stream.of(
                    Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY),
                    Descriptor.eventFd(0),
                    Descriptor.timerFd(Duration.ZERO, Duration.ZERO),
                    Descriptor.memFd("m", 0),
                    Descriptor.eventFd(0).duplicate(),
                    Sockets.listenTcp("127.0.0.1", 0, 1),
                    Sockets.listenUnix(directory.resolve("s"), 0600, 1),
                    Sockets.connectUnix(directory.resolve("s"))),
                Sockets.pair().stream())
            .toList();
    for (Descriptor descriptor : made) {
      assertThat(FileCalls.fcntl(descriptor.acquire(), FileCalls.F_GETFD, 0))
          .as("%s", descriptor)
          .isEqualTo(FileCalls.FD_CLOEXEC);
      descriptor.release();
      descriptor.close();
    }
  }

  @Test
  void each_open_flag_reaches_the_kernel() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[10]);
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    Descriptor.open(link, OpenFlag.READ).close();
    assertRefused("ELOOP", link, OpenFlag.READ, OpenFlag.NO_FOLLOW);
    assertRefused("ENOTDIR", file, OpenFlag.READ, OpenFlag.DIRECTORY);
    assertRefused("EEXIST", file, OpenFlag.READ, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
    Descriptor.open(file, OpenFlag.WRITE, OpenFlag.TRUNCATE).close();
    assertThat(file).isEmptyFile();
    assertThat(openFlags(file, OpenFlag.READ)).isZero();
    assertThat(openFlags(file, OpenFlag.WRITE)).isEqualTo(FileCalls.O_WRONLY);
    assertThat(openFlags(file, OpenFlag.READ, OpenFlag.WRITE)).isEqualTo(FileCalls.O_RDWR);
    assertThat(openFlags(file, OpenFlag.READ, OpenFlag.DATA_SYNC)).isEqualTo(FileCalls.O_DSYNC);
    assertThat(openFlags(file, OpenFlag.READ, OpenFlag.APPEND)).isEqualTo(FileCalls.O_APPEND);
    assertThat(openFlags(file, OpenFlag.READ, OpenFlag.NON_BLOCKING))
        .isEqualTo(FileCalls.O_NONBLOCK);
  }

  /** Status flags by F_GETFL, less O_LARGEFILE, which the kernel adds. */
  private static int openFlags(Path file, OpenFlag... flags) {
    try (Descriptor descriptor = Descriptor.open(file, flags)) {
      int getFlags = 3;
      int result = FileCalls.fcntl(descriptor.acquire(), getFlags, 0);
      descriptor.release();
      return result & ~0x8000;
    }
  }

  private static void assertRefused(String errno, Path file, OpenFlag... flags) {
    assertThatThrownBy(() -> Descriptor.open(file, flags))
        .isInstanceOf(UringException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(errno);
  }

  @Test
  void a_new_file_gets_the_mode_asked_for_less_the_umask() {
    Path file = directory.resolve("new");
    Descriptor.open(file, 0600, EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE)).close();
    assertThat(FileStatus.of(file).permissions()).isEqualTo(0600);
  }

  @Test
  void nonsense_is_refused_before_the_kernel_sees_it() {
    assertThatThrownBy(() -> Descriptor.open(directory)).hasMessageContaining("READ");
    assertThatThrownBy(() -> Descriptor.open(directory, 0x10000, EnumSet.of(OpenFlag.READ)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Descriptor.eventFd(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Descriptor.memFd("m", -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Descriptor.memFd("m".repeat(250), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Descriptor.timerFd(Duration.ofNanos(-1), Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Descriptor.timerFd(Duration.ofDays(200_000), Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_timer_is_armed_as_asked() throws Exception {
    try (Descriptor timer =
        Descriptor.timerFd(Duration.ofSeconds(2_500), Duration.ofMillis(1_500))) {
      String facts = Files.readString(Path.of("/proc/self/fdinfo/" + timer.acquire()));
      timer.release();
      assertThat(facts).contains("clockid: 1").contains("it_interval: (1, 500000000)");
      String left = facts.replaceAll("(?s).*it_value: \\((\\d+),.*", "$1");
      assertThat(Long.parseLong(left)).isBetween(TimeUnit.MINUTES.toSeconds(30), 2_500L);
    }
  }

  @Test
  void a_memory_file_has_its_size_and_name() throws Exception {
    try (Descriptor memory = Descriptor.memFd("n".repeat(249), (1L << 32) + 1)) {
      assertThat(memory.status().size()).isEqualTo((1L << 32) + 1);
      Path link = Path.of("/proc/self/fd/" + memory.acquire());
      memory.release();
      assertThat(Files.readSymbolicLink(link)).asString().contains("n".repeat(249));
    }
  }

  @Test
  void a_duplicate_outlives_its_original() {
    Descriptor original = Descriptor.memFd("m", 7);
    try (Descriptor duplicate = original.duplicate()) {
      original.close();
      assertThat(duplicate.status().size()).isEqualTo(7);
    }
  }

  @Test
  void no_refusal_leaves_a_descriptor_open() throws Exception {
    Files.createFile(directory.resolve("file"));
    OpenDescriptors.mustNotLeak(
        1_000,
        () -> {
          assertRefused("ENOENT", directory.resolve("none"), OpenFlag.READ);
          assertRefused("EISDIR", directory, OpenFlag.WRITE);
          assertRefused("ENOTDIR", directory.resolve("file/x"), OpenFlag.READ);
        });
  }

  @Test
  void a_path_of_another_file_system_is_none_of_the_operating_systems(@TempDir Path directory)
      throws Exception {
    URI archive = URI.create("jar:" + directory.resolve("archive.zip").toUri());
    try (FileSystem files = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      Path name = files.getPath("/proc/self/maps");
      List<ThrowingCallable> uses =
          List.of(
              () -> Descriptor.open(name, OpenFlag.READ),
              () -> FileStatus.of(name),
              () -> FileName.of(name),
              () -> SealedFile.read(name, 1),
              () -> Sockets.connectUnix(name),
              () -> Sockets.listenUnix(name, 0600, 1));
      for (ThrowingCallable use : uses) {
        assertThatThrownBy(use)
            .isInstanceOf(ProviderMismatchException.class)
            .hasMessageContaining("/proc/self/maps");
      }
    }
  }
}
