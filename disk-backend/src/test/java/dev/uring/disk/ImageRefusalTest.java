package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.Sockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each thing that can be wrong with an image: one sentence, and nothing made, changed or open. */
@Timeout(120)
class ImageRefusalTest {
  private static final int ROUNDS = 1_000;
  private static final ImageOptions DEFAULTS = ImageOptions.defaults().withPatience(Duration.ZERO);

  /** A regular file that nobody may write to, not even root, and that has no direct I/O. */
  private static final Path UNWRITABLE = Path.of("/sys/kernel/uevent_seqnum");

  @TempDir Path directory;

  private static void assertRefused(
      int status, Path path, ImageOptions options, String... sayings) {
    DiskException refusal = null;
    try {
      ImageFile.open(path, options).close();
    } catch (DiskException e) {
      refusal = e;
    }
    assertThat(refusal).as("%s with %s", path, options).isNotNull();
    assertThat(refusal).hasMessageContainingAll(sayings);
    assertThat(refusal.getMessage()).doesNotContain("\n");
    assertThat(refusal.exitStatus()).isEqualTo(status);
  }

  private static void assertAlwaysRefused(
      int status, Path path, ImageOptions options, String... sayings) {
    OpenDescriptors.mustNotLeak(ROUNDS, () -> assertRefused(status, path, options, sayings));
  }

  @Test
  void a_missing_image() {
    Path path = directory.resolve("missing.img");
    assertAlwaysRefused(1, path, DEFAULTS, path + " does not exist", "--create SIZE");
    assertThat(path).doesNotExist();
    assertAlwaysRefused(1, path.resolve("below"), DEFAULTS, "does not exist");
  }

  @Test
  void a_directory() {
    assertAlwaysRefused(1, directory, DEFAULTS, directory + " is a directory", "name an image");
  }

  @Test
  void a_pipe_a_socket_and_a_character_device() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(Command.run("mkfifo", pipe).status()).isZero();
    assertAlwaysRefused(1, pipe, DEFAULTS, "neither a regular file nor a block device");
    assertAlwaysRefused(1, pipe, DEFAULTS.withReadOnly(true), "neither a regular file");
    try (Descriptor socket = Sockets.listenUnix(directory.resolve("socket"), 0600, 1)) {
      assertThat(socket.isClosed()).isFalse();
      assertAlwaysRefused(1, directory.resolve("socket"), DEFAULTS, "neither a regular file");
    }
    assertAlwaysRefused(1, Path.of("/dev/zero"), DEFAULTS, "neither a regular file");
  }

  @Test
  void a_link_that_leads_in_a_circle() throws Exception {
    Path link = directory.resolve("circle");
    Files.createSymbolicLink(link, link);
    assertAlwaysRefused(1, link, DEFAULTS, "leads nowhere");
  }

  @Test
  void no_permission_to_write() {
    assertAlwaysRefused(1, UNWRITABLE, DEFAULTS, UNWRITABLE.toString(), "--read-only");
  }

  @Test
  void a_file_system_without_direct_transfers() {
    ImageOptions direct = DEFAULTS.withReadOnly(true).withDirect(true);
    assertAlwaysRefused(1, UNWRITABLE, direct, "without direct I/O", "leave --direct out");
  }

  @Test
  void an_empty_image() throws Exception {
    Path path = Files.createFile(directory.resolve("empty.img"));
    assertAlwaysRefused(1, path, DEFAULTS, path + " is empty", "truncate", "--create SIZE");
    assertThat(path).isEmptyFile();
  }

  @Test
  void a_size_that_is_not_a_multiple_of_the_block_size() throws Exception {
    Path path = Files.write(directory.resolve("odd.img"), new byte[4097]);
    assertAlwaysRefused(
        1, path, DEFAULTS.withBlockSize(512), "4097 bytes", "multiple", "512", "truncate -s %512");
    assertAlwaysRefused(1, path, DEFAULTS.withDirect(true), "4097 bytes", "direct I/O", "truncate");
    ImageFile.open(path, DEFAULTS).close();
  }

  @Test
  void a_block_size_below_what_direct_transfers_need() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
    ImageOptions small = DEFAULTS.withDirect(true).withBlockSize(1);
    assertAlwaysRefused(2, path, small, "--block-size 1 is less than", "leave --block-size");
  }

  @Test
  void an_image_in_use() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[4096]);
    try (ImageFile served = ImageFile.open(path, DEFAULTS)) {
      assertThat(served.size()).isEqualTo(4096);
      assertAlwaysRefused(1, path, DEFAULTS, path + " is in use");
    }
  }

  @Test
  void creating_over_something_that_exists() throws Exception {
    Path path = Files.writeString(directory.resolve("precious.img"), "precious");
    ImageOptions create = DEFAULTS.withCreate(1 << 20);
    assertAlwaysRefused(1, path, create, path + " exists", "leave --create out");
    assertThat(path).hasContent("precious");
    Path dangling = directory.resolve("dangling");
    Files.createSymbolicLink(dangling, directory.resolve("target"));
    assertAlwaysRefused(1, dangling, create, "exists");
    assertThat(directory.resolve("target")).doesNotExist();
  }

  @Test
  void creating_where_nothing_can_be() {
    ImageOptions create = DEFAULTS.withCreate(1 << 20);
    assertAlwaysRefused(1, directory.resolve("no/disk.img"), create, "directory does not exist");
    assertAlwaysRefused(1, Path.of("/sys/kernel/disk.img"), create, "cannot be made");
  }

  @Test
  void creating_what_the_file_system_cannot_hold_leaves_nothing_behind() {
    Path path = directory.resolve("huge.img");
    assertAlwaysRefused(
        1, path, DEFAULTS.withCreate(Long.MAX_VALUE), "cannot hold", "EFBIG", "smaller size");
    assertThat(path).doesNotExist();
  }

  @Test
  void creating_what_then_cannot_be_served_leaves_nothing_behind() {
    Path path = directory.resolve("odd.img");
    ImageOptions odd = DEFAULTS.withDirect(true).withCreate(4097);
    assertAlwaysRefused(1, path, odd, "not a multiple of the block size");
    assertThat(path).doesNotExist();
  }

  @Test
  void wishes_that_contradict_each_other() {
    Path path = directory.resolve("disk.img");
    ImageOptions create = DEFAULTS.withCreate(1000);
    assertAlwaysRefused(2, path, create.withReadOnly(true), "--create", "--read-only");
    assertAlwaysRefused(2, path, create.withBlockSize(512), "--create 1000", "--block-size 512");
    assertThat(path).doesNotExist();
  }

  @Test
  void a_name_too_long_for_any_file() {
    Path path = directory.resolve("x".repeat(300));
    assertAlwaysRefused(1, path, DEFAULTS, "ENAMETOOLONG");
    assertAlwaysRefused(1, path, DEFAULTS.withCreate(1), "ENAMETOOLONG");
    assertThatThrownBy(() -> ImageFile.open(Path.of(""), DEFAULTS))
        .isInstanceOf(DiskException.class);
  }
}
