package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.disk.DiskException;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest that starts again and again, each time as another driver would. */
@Timeout(120)
class RestartTest {
  private static final int SIZE = 4 << 20;

  @TempDir Path directory;

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void firmware_with_few_features_is_followed_by_a_system_with_all_of_them() throws Exception {
    BlockOptions options = BlockOptions.defaults().withQueues(4).withThreads(2);
    try (Machine machine = Machine.make(directory, SIZE, options)) {
      for (int round = 1; round <= 5; round++) {
        // As SeaBIOS does: one queue, no EVENT_IDX, no INDIRECT, no FLUSH.
        machine.area.reset();
        machine.driver.boot(MmioDriver.VERSION_1, 1, 16);
        assertThat(machine.device.device().isWriteThrough()).isTrue();
        machine.driver.write(round, filled(512, round));

        machine.area.reset();
        machine.driver.boot(Machine.ALL, 4, 128);
        assertThat(machine.device.device().isWriteThrough()).isFalse();
        for (int queue = 0; queue < 4; queue++) {
          MmioDriver.Outcome outcome =
              machine.driver.request(queue, MmioDriver.IN, round, new byte[0], 512);
          assertThat(outcome.data()).containsOnly(round);
        }
      }
    }
  }

  @Test
  void any_set_of_features_is_served() throws Exception {
    VirtioFeature[] optional = {
      VirtioFeature.EVENT_IDX,
      VirtioFeature.INDIRECT_DESC,
      VirtioFeature.IN_ORDER,
      VirtioFeature.FLUSH,
      VirtioFeature.CONFIG_WCE,
      VirtioFeature.DISCARD
    };
    try (Machine machine =
        Machine.make(directory, SIZE, BlockOptions.defaults().withInOrder(true))) {
      for (int set = 0; set < 1 << optional.length; set++) {
        long features = MmioDriver.VERSION_1;
        for (int index = 0; index < optional.length; index++) {
          features |= (set >> index & 1) != 0 ? optional[index].mask() : 0;
        }
        machine.area.reset();
        machine.driver.boot(features, 1, 8);
        assertThat(machine.driver.features).isEqualTo(features);
        machine.driver.write(set, filled(512, set));
        machine.driver.flush();
        assertThat(machine.driver.read(set, 512)).containsOnly(set);
      }
    }
  }

  /** The guest may use its memory for something else as soon as the reset has returned. */
  @Test
  void a_reset_with_requests_in_flight_returns_when_they_have_ended() throws Exception {
    try (Machine machine = Machine.make(directory, SIZE)) {
      for (int round = 0; round < 50; round++) {
        machine.area.reset();
        machine.driver.boot(Machine.ALL, 1, 128);
        RingDriver ring = machine.driver.rings.get(0);
        for (int count = 0; count < 40; count++) {
          ring.add(
              List.of(
                  new RingDriver.Piece(machine.driver.header(MmioDriver.IN, 0), 16, false),
                  new RingDriver.Piece(
                      machine.area.allocate(64 * 1024 + 1, 1), 64 * 1024 + 1, true)));
        }
        ring.show();
        machine.driver.notifyQueue(0);
        machine.driver.register(0x70, 0);
        byte[] after = machine.area.get(machine.area.base, 4 << 20);
        machine.driver.boot(Machine.ALL & ~0xffff_ffffL, 0, 128);
        assertThat(Arrays.equals(machine.area.get(machine.area.base, 4 << 20), after)).isTrue();
      }
    }
  }

  @Test
  void memory_that_comes_and_goes_while_the_device_works_is_followed() throws Exception {
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE));
    TestLine line = new TestLine();
    try (Descriptor low = Descriptor.memFd("low", 1 << 20);
        GuestRegion first = GuestRegion.map(Machine.RAM, 0, 1 << 20, low, 0);
        VirtioMmio device =
            VirtioMmio.open(
                new RawDisk(image), GuestMemory.of(first), line, BlockOptions.defaults())) {
      GuestArea area = new GuestArea(Machine.RAM, first.windows().get(0).buffer());
      MmioDriver driver = new MmioDriver(device, area, line);
      driver.boot(Machine.ALL, 1, 32);
      for (int round = 1; round <= 20; round++) {
        driver.write(0, filled(4096, round));
        try (Descriptor high = Descriptor.memFd("high", 1 << 20)) {
          GuestRegion second = GuestRegion.map(1L << 32, 0, 1 << 20, high, 0);
          device.changeMemory(GuestMemory.of(first, second)).get(20, TimeUnit.SECONDS);
          long status = area.allocate(1, 1);
          driver
              .rings
              .get(0)
              .add(
                  List.of(
                      new RingDriver.Piece(driver.header(MmioDriver.IN, 0), 16, false),
                      new RingDriver.Piece((1L << 32) + 100, 4096, true),
                      new RingDriver.Piece(status, 1, true)));
          driver.rings.get(0).show();
          driver.notifyQueue(0);
          driver.await(0);
          assertThat(area.getByte(status)).isZero();
          assertThat(second.windows().get(0).buffer().get(100 + 4095)).isEqualTo((byte) round);
          device.changeMemory(GuestMemory.of(first)).get(20, TimeUnit.SECONDS);
          second.close();
        }
      }
      driver.flush();
    } finally {
      image.close();
    }
  }

  @Test
  void memory_that_direct_io_cannot_use_is_gone_around() throws Exception {
    ImageFile image;
    try {
      image =
          ImageFile.open(
              directory.resolve("image"),
              ImageOptions.defaults().withCreate(SIZE).withDirect(true));
    } catch (DiskException e) {
      Assumptions.abort("skipped: no O_DIRECT on the file system of the temporary directory");
      throw e;
    }
    try (Machine machine =
        Machine.make(image, BlockOptions.defaults(), GuestArea.make(Machine.RAM, 4 << 20))) {
      machine.boot();
      int block = image.minimumBlockSize();
      assertThat(machine.device.read(0x114, 4)).isEqualTo(Math.max(block, 512));
      byte[] data = new byte[700 * 1024 / block * block];
      new Random(1).nextBytes(data);
      for (int shift : new int[] {0, 1, 511}) {
        long sector = 8L * (1 + shift);
        sector = sector / (Math.max(block, 512) / 512) * (Math.max(block, 512) / 512);
        long mark = machine.area.mark();
        long out = machine.area.allocate(data.length, 4096) + shift;
        machine.area.allocate(4096, 1);
        machine.area.put(out, data);
        assertThat(exchange(machine, MmioDriver.OUT, sector, out, data.length)).isZero();
        machine.area.put(out, new byte[data.length]);
        assertThat(exchange(machine, MmioDriver.IN, sector, out, data.length)).isZero();
        assertThat(ByteBuffer.wrap(machine.area.get(out, data.length)))
            .isEqualTo(ByteBuffer.wrap(data));
        machine.area.release(mark);
      }
      if (block > 512) {
        assertThat(machine.driver.request(MmioDriver.IN, 1, new byte[0], 512).status()).isOne();
      }
    }
  }

  private static int exchange(Machine machine, int type, long sector, long data, int length)
      throws InterruptedException {
    long status = machine.area.allocate(1, 1);
    machine.area.putByte(status, 0xee);
    RingDriver ring = machine.driver.rings.get(0);
    ring.add(
        List.of(
            new RingDriver.Piece(machine.driver.header(type, sector), 16, false),
            new RingDriver.Piece(data, 1000, type == MmioDriver.IN),
            new RingDriver.Piece(data + 1000, length - 1000, type == MmioDriver.IN),
            new RingDriver.Piece(status, 1, true)));
    ring.show();
    machine.driver.notifyQueue(0);
    machine.driver.await(0);
    return machine.area.getByte(status);
  }
}
