package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** QEMU's programs and we notice each other. */
@Timeout(120)
class QemuLockTest {
  private static final ImageOptions WRITABLE = ImageOptions.defaults().withPatience(Duration.ZERO);
  private static final ImageOptions READ_ONLY = WRITABLE.withReadOnly(true);

  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void make_image() throws Exception {
    Command.assumeInstalled("qemu-img");
    Command.assumeInstalled("qemu-io");
    image = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
  }

  @Test
  void qemu_does_not_touch_what_we_write_to() throws Exception {
    Path copy = directory.resolve("copy.img");
    try (ImageFile served = ImageFile.open(image, WRITABLE)) {
      assertThat(served.isReadOnly()).isFalse();
      assertRefused("qemu-io", "-f", "raw", "-c", "write 0 512", image);
      assertRefused("qemu-img", "convert", "-f", "raw", "-O", "raw", image, copy);
      assertRefused("qemu-img", "resize", "-f", "raw", image, "2M");
      assertRefused("qemu-img", "create", "-f", "raw", image, "2M");
    }
    assertThat(image).hasSize(1 << 20);
    assertAllowed("qemu-io", "-f", "raw", "-c", "write 0 512", image);
    assertAllowed("qemu-img", "convert", "-f", "raw", "-O", "raw", image, copy);
  }

  @Test
  void qemu_img_info_of_a_format_with_a_header_refuses_unless_told_to_share() throws Exception {
    Path qcow2 = directory.resolve("disk.qcow2");
    assertAllowed("qemu-img", "create", "-f", "qcow2", qcow2, "1M");
    try (ImageFile served = ImageFile.open(qcow2, WRITABLE)) {
      assertThat(served.isReadOnly()).isFalse();
      assertRefused("qemu-img", "info", qcow2);
      assertRefused("qemu-img", "check", qcow2);
      assertAllowed("qemu-img", "info", "-U", qcow2);
    }
    assertAllowed("qemu-img", "info", qcow2);
  }

  @Test
  void qemu_reads_what_we_only_read_and_does_not_write_to_it() throws Exception {
    Path copy = directory.resolve("copy.img");
    try (ImageFile served = ImageFile.open(image, READ_ONLY)) {
      assertThat(served.isReadOnly()).isTrue();
      assertAllowed("qemu-img", "convert", "-f", "raw", "-O", "raw", image, copy);
      assertAllowed("qemu-io", "-r", "-f", "raw", "-c", "read 0 512", image);
      assertRefused("qemu-io", "-f", "raw", "-c", "write 0 512", image);
    }
  }

  private static void assertRefused(Object... command) throws Exception {
    Command result = Command.run(command);
    assertThat(result.output()).contains("lock");
    assertThat(result.status()).isNotZero();
  }

  private static void assertAllowed(Object... command) throws Exception {
    Command result = Command.run(command);
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).doesNotContain("lock\"").doesNotContain("rror");
  }

  @Test
  void we_do_not_touch_what_qemu_writes_to() throws Exception {
    try (QemuHolder writer = QemuHolder.hold(image)) {
      assertThat(writer).isNotNull();
      assertInUse(WRITABLE);
      assertInUse(READ_ONLY);
    }
    ImageFile.open(image, WRITABLE).close();
  }

  @Test
  void we_read_along_with_qemu() throws Exception {
    try (QemuHolder reader = QemuHolder.hold(image, "-r")) {
      assertThat(reader).isNotNull();
      ImageFile.open(image, READ_ONLY).close();
    }
  }

  private void assertInUse(ImageOptions options) {
    assertThatThrownBy(() -> ImageFile.open(image, options))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("is in use: another program writes to it");
  }

  @Test
  void what_a_killed_qemu_held_is_waited_for() throws Exception {
    for (int round = 0; round < 5; round++) {
      try (QemuHolder writer = QemuHolder.hold(image)) {
        writer.kill();
        ImageFile.open(image, WRITABLE.withPatience(Duration.ofSeconds(20))).close();
      }
    }
  }
}
