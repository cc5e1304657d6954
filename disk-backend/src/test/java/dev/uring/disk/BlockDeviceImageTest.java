package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.Descriptor;
import dev.uring.OpenFlag;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class BlockDeviceImageTest {
  private static final ImageOptions WRITABLE = ImageOptions.defaults().withPatience(Duration.ZERO);
  private static final ImageOptions READ_ONLY = WRITABLE.withReadOnly(true);

  @TempDir Path directory;
  private Path device;

  private void attach(long size, Object... options) throws Exception {
    Command.assumeInstalled("losetup");
    Path file = directory.resolve("backing");
    try (Descriptor backing =
        Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {
      backing.truncate(size);
    }
    Object[] command = new Object[options.length + 4];
    command[0] = "losetup";
    System.arraycopy(options, 0, command, 1, options.length);
    command[options.length + 1] = "-f";
    command[options.length + 2] = "--show";
    command[options.length + 3] = file;
    Command result = Command.run(command);
    assumeTrue(result.status() == 0, "skipped: no loop device may be made here");
    device = Path.of(result.output());
  }

  @AfterEach
  void detach() throws Exception {
    if (device != null) {
      assertThat(Command.run("losetup", "-d", device).status()).isZero();
    }
  }

  @Test
  void a_device_has_its_own_size_and_its_blocks_are_the_direct_alignment() throws Exception {
    attach(64 << 20, "-b", "4096");
    try (ImageFile image = ImageFile.open(device, WRITABLE.withDirect(true))) {
      assertThat(image.isBlockDevice()).isTrue();
      assertThat(image.size()).isEqualTo(64 << 20);
      assertThat(image.minimumBlockSize()).isEqualTo(4096);
      assertThat(image.preferredBlockSize()).isEqualTo(4096);
      assertThat(image.device()).hasValueSatisfying(d -> assertThat(d.isReadOnly()).isFalse());
    }
    try (ImageFile image = ImageFile.open(device, WRITABLE)) {
      assertThat(image.minimumBlockSize()).isEqualTo(1);
    }
  }

  @Test
  void a_writable_device_is_held_against_mounts_and_other_servers() throws Exception {
    attach(64 << 20);
    try (ImageFile image = ImageFile.open(device, WRITABLE)) {
      assertThat(image.isReadOnly()).isFalse();
      assertThatThrownBy(() -> Descriptor.open(device, OpenFlag.READ, OpenFlag.EXCLUSIVE))
          .hasMessageContaining("EBUSY");
      OpenDescriptors.mustNotLeak(
          1_000,
          () ->
              assertThatThrownBy(() -> ImageFile.open(device, WRITABLE))
                  .isInstanceOf(DiskException.class)
                  .hasMessageContaining("is in use"));
      assertThatThrownBy(() -> ImageFile.open(device, READ_ONLY))
          .isInstanceOf(DiskException.class)
          .hasMessageContaining("is in use: another program writes to it");
    }
    ImageFile.open(device, WRITABLE).close();
  }

  @Test
  void qemu_does_not_write_to_a_device_that_we_serve() throws Exception {
    Command.assumeInstalled("qemu-io");
    attach(64 << 20);
    try (ImageFile image = ImageFile.open(device, WRITABLE)) {
      assertThat(image.isReadOnly()).isFalse();
      Command result = Command.run("qemu-io", "-f", "raw", "-c", "write 0 512", device);
      assertThat(result.output()).contains("lock");
    }
  }

  @Test
  void a_read_only_device_is_served_read_only_or_not_at_all() throws Exception {
    attach(64 << 20, "-r");
    assertThatThrownBy(() -> ImageFile.open(device, WRITABLE))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("--read-only");
    ImageFile.open(device, READ_ONLY).close();
  }
}
