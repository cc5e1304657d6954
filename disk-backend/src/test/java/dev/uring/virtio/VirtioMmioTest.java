package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VirtioMmioTest {
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void a_driver_boots_negotiates_writes_flushes_and_reads() throws Exception {
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      byte[] data = filled(3 * 512, 7);
      machine.driver.write(5, data);
      machine.driver.flush();
      assertThat(machine.driver.read(5, data.length)).isEqualTo(data);
      assertThat(machine.driver.read(8, 512)).containsOnly(0);
    }
    byte[] content = Files.readAllBytes(directory.resolve("image"));
    assertThat(Arrays.copyOfRange(content, 5 * 512, 8 * 512)).containsOnly(7);
  }

  @Test
  void without_version_1_or_with_what_was_not_offered_features_are_not_ok() {
    try (Machine machine = Machine.make(directory, SIZE)) {
      MmioDriver driver = machine.driver;
      for (long features : new long[] {0, 1 << 9, 1L << 32 | 1 << 15, -1}) {
        driver.register(0x70, 0);
        driver.register(0x70, 3);
        driver.register(0x24, 0);
        driver.register(0x20, (int) features);
        driver.register(0x24, 1);
        driver.register(0x20, (int) (features >>> 32));
        driver.register(0x70, 3 | 8);
        assertThat(driver.status()).isEqualTo(3);
        driver.register(0x70, 3 | 8 | 4);
        assertThat(driver.status() & 4).isZero();
      }
    }
  }

  @Test
  void features_are_taken_once_and_forgotten_by_a_reset() {
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      long taken = machine.device.device().negotiated();
      machine.driver.register(0x24, 0);
      machine.driver.register(0x20, 0);
      machine.driver.register(0x70, 1 | 2 | 8 | 4);
      assertThat(machine.device.device().negotiated()).isEqualTo(taken);
      machine.driver.register(0x70, 0);
      assertThat(machine.device.device().negotiated()).isZero();
      assertThat(machine.driver.status()).isZero();
    }
  }

  @Test
  void queues_that_are_not_there_read_as_zero_and_take_nothing() {
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      for (int queue : new int[] {1, 9999, 70_000, -1}) {
        machine.driver.register(0x30, queue);
        assertThat(machine.driver.register(0x34)).isZero();
        machine.driver.register(0x44, 1);
        assertThat(machine.driver.register(0x44)).isZero();
        machine.driver.notifyQueue(queue);
      }
      assertThat(machine.driver.status()).isEqualTo(15);
    }
  }

  @Test
  void no_access_of_a_guest_throws_whatever_its_place_and_width() {
    try (Machine machine = Machine.make(directory, SIZE)) {
      long[] places = {Long.MIN_VALUE, -4, -1, 0x200, 0x1000, Long.MAX_VALUE - 7, Long.MAX_VALUE};
      for (int width : new int[] {1, 2, 4, 8}) {
        for (long offset = 0; offset < 0x200; offset++) {
          machine.device.read(offset, width);
          if (offset != 0x50) {
            machine.device.write(offset, width, 0xdead_beef_dead_beefL);
          }
        }
        for (long offset : places) {
          assertThat(machine.device.read(offset, width)).isZero();
          machine.device.write(offset, width, -1);
        }
      }
      assertThat(machine.device.read(0, 2)).isZero();
      assertThat(machine.driver.register(0xb0)).isEqualTo(-1);
    }
  }

  @Test
  void the_configuration_tells_the_truth_about_the_disk() {
    try (Machine machine =
        Machine.make(directory, SIZE + 100, BlockOptions.defaults().withQueues(3))) {
      VirtioMmio device = machine.device;
      assertThat(device.read(0x100, 8)).isEqualTo(SIZE / 512);
      assertThat(device.read(0x108, 4)).isEqualTo(4 << 20);
      assertThat(device.read(0x10c, 4)).isEqualTo(126);
      assertThat(device.read(0x110, 2)).isEqualTo(SIZE / 512 / 16 / 63);
      assertThat(device.read(0x112, 1)).isEqualTo(16);
      assertThat(device.read(0x113, 1)).isEqualTo(63);
      assertThat(device.read(0x114, 4)).isEqualTo(512);
      assertThat(512 << device.read(0x118, 1)).isEqualTo(machine.image.preferredBlockSize());
      assertThat(device.read(0x11a, 2) * 512).isEqualTo(machine.image.preferredBlockSize());
      assertThat(device.read(0x120, 1)).isEqualTo(1);
      assertThat(device.read(0x122, 2)).isEqualTo(3);
      assertThat(device.read(0x124, 4)).isEqualTo(1 << 21);
      assertThat(device.read(0x128, 4)).isEqualTo(16);
      assertThat(device.read(0x12c, 4) * 512).isEqualTo(machine.image.preferredBlockSize());
      assertThat(device.read(0x130, 4)).isEqualTo(1 << 21);
      assertThat(device.read(0x134, 4)).isEqualTo(16);
      assertThat(device.read(0x138, 1)).isEqualTo(1);
      assertThat(device.read(0x139, 1)).isZero();
      assertThat(device.read(0x13c, 8)).isZero();
      assertThat(device.read(0x104, 8)).isEqualTo((4L << 20) << 32);
    }
  }

  @Test
  void a_disk_that_is_read_only_offers_so_and_refuses_writes() throws Exception {
    Path path = Files.write(directory.resolve("ro"), filled(SIZE, 3));
    ImageFile image = ImageFile.open(path, ImageOptions.defaults().withReadOnly(true));
    try (Machine machine =
        Machine.make(image, BlockOptions.defaults(), GuestArea.make(Machine.RAM, 1 << 20)).boot()) {
      assertThat(VirtioFeature.of(machine.driver.features))
          .contains(VirtioFeature.RO)
          .doesNotContain(
              VirtioFeature.CONFIG_WCE, VirtioFeature.DISCARD, VirtioFeature.WRITE_ZEROES);
      assertThat(machine.driver.request(1, 0, filled(512, 1), 0).status()).isEqualTo(1);
      assertThat(machine.driver.read(0, 512)).containsOnly(3);
      machine.driver.flush();
      assertThat(machine.device.read(0x124, 4)).isZero();
    }
  }

  @Test
  void the_line_is_raised_until_the_guest_has_acknowledged_all() throws Exception {
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      assertThat(machine.line.isRaised()).isFalse();
      RingDriver ring = machine.driver.rings.get(0);
      ring.enableInterrupts();
      long status = machine.area.allocate(1, 1);
      ring.add(
          List.of(
              new RingDriver.Piece(machine.driver.header(4, 0), 16, false),
              new RingDriver.Piece(status, 1, true)));
      ring.show();
      machine.driver.notifyQueue(0);
      assertThat(machine.line.await()).isTrue();
      assertThat(machine.driver.register(0x60)).isEqualTo(1);
      machine.driver.register(0x64, 2);
      assertThat(machine.line.isRaised()).isTrue();
      machine.driver.register(0x64, 1);
      // The thread that raised it may be the one to lower it, a moment later.
      while (machine.line.isRaised()) {
        Thread.onSpinWait();
      }
      assertThat(machine.driver.register(0x60)).isZero();
    }
  }

  @Test
  void the_generation_changes_with_the_configuration() {
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      int before = machine.driver.register(0xfc);
      machine.device.write(0x120, 1, 0);
      assertThat(machine.device.read(0x120, 1)).isZero();
      assertThat(machine.driver.register(0xfc)).isNotEqualTo(before);
      machine.device.write(0x100, 8, -1);
      assertThat(machine.device.read(0x100, 8)).isEqualTo(SIZE / 512);
    }
  }

  @Test
  void a_queue_may_be_taken_back_and_given_again() throws Exception {
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      machine.driver.write(0, filled(512, 1));
      machine.driver.register(0x30, 0);
      machine.driver.register(0x44, 0);
      assertThat(machine.driver.register(0x44)).isZero();
      machine.driver.rings.set(0, machine.driver.setUp(0, 16));
      assertThat(machine.driver.read(0, 512)).containsOnly(1);
    }
  }

  @Test
  void a_closed_device_is_one_that_needs_a_reset_and_takes_no_more() {
    Machine machine = Machine.make(directory, SIZE).boot();
    machine.close();
    machine.device.close();
    assertThat(machine.driver.status() & 64).isNotZero();
    machine.driver.notifyQueue(0);
    machine.driver.register(0x70, 0);
    assertThat(machine.driver.status() & 64).isNotZero();
  }
}
