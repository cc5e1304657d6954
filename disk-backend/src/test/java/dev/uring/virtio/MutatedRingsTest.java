package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Valid rings with anything changed in them, while the device works on them: the process lives, no
 * byte outside the guest's memory is touched, the other queue goes on, and a reset makes all well.
 */
class MutatedRingsTest {
  private static final int DISK_BYTES = 1 << 20;
  private static final int MEMORY_BYTES = 1 << 20;
  private static final int SECTORS = DISK_BYTES / 512;

  private static Path directory;
  private static Machine machine;
  private static MmioDriver driver;
  private static GuestArea area;

  // The other queue lies so far away that no change to an address leads there.
  private static GuestArea distant;
  private static MmioDriver bystander;
  private static int broken;
  private static int served;

  @BeforeContainer
  static void start() throws IOException {
    directory = Files.createTempDirectory("mutated");
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(DISK_BYTES));
    area = new GuestArea(Machine.RAM, GuardedMemory.allocate(MEMORY_BYTES));
    distant = GuestArea.make(0x0123_4567_0000_0000L, 1 << 16);
    machine =
        Machine.make(
            image,
            BlockOptions.defaults().withQueues(2).withThreads(1).withInOrder(true),
            area,
            GuestMemory.of(area.region(), distant.region()));
    driver = machine.driver;
    bystander = new MmioDriver(machine.device, distant, machine.line);
  }

  @AfterContainer
  static void stop() throws IOException {
    machine.close();
    assertThat(broken).isPositive();
    assertThat(served).isPositive();
    Files.delete(directory.resolve("image"));
    Files.delete(directory);
  }

  @Property(tries = 200)
  void no_change_to_a_ring_harms_anybody_but_its_own_queue(@ForAll Random random) throws Exception {
    play(random);
  }

  @Property(tries = 20_000)
  @Tag("long")
  void no_change_to_a_ring_harms_anybody_but_its_own_queue_for_long(@ForAll Random random)
      throws Exception {
    play(random);
  }

  private static void play(Random random) throws Exception {
    area.reset();
    distant.reset();
    long features = random.nextBoolean() ? Machine.ALL : Machine.ALL & ~(1L << 35);
    driver.boot(features, 1, 1 << (3 + random.nextInt(5)));
    bystander.features = driver.features;
    bystander.rings.clear();
    bystander.rings.add(driver.rings.get(0));
    bystander.rings.add(bystander.setUp(1, 16));
    long ringEnd = area.mark();
    for (int round = 0; round < 4; round++) {
      fill(random);
      mutate(random, ringEnd);
      if (random.nextBoolean()) {
        driver.rings.get(0).show();
      }
      driver.notifyQueue(0);
      // Also while the device is at work.
      mutate(random, ringEnd);
      driver.notifyQueue(0);
      MmioDriver.Outcome outcome = bystander.request(1, MmioDriver.GET_ID, 0, new byte[0], 20);
      assertThat(outcome.status()).isZero();
      assertThat(outcome.used()).isEqualTo(21);
    }
    if ((driver.status() & 64) != 0) {
      broken++;
    } else {
      served++;
    }
    area.reset();
    driver.boot(Machine.ALL, 1, 16);
    assertThat(driver.status()).isEqualTo(15);
    assertThat(driver.read(random.nextInt(SECTORS), 512)).hasSize(512);
    assertThat(machine.device.threads()).allMatch(Thread::isAlive);
  }

  /** Queue 0 gets as many valid requests as it has room for. */
  private static void fill(Random random) {
    RingDriver ring = driver.rings.get(0);
    byte[] disk = new byte[DISK_BYTES];
    while (ring.freeDescriptors() >= 4 && area.mark() < area.base + MEMORY_BYTES - (64 << 10)) {
      RandomRequest request =
          RandomRequest.make(random, disk, random.nextInt(SECTORS - 64), 64, true, "serial");
      request.place(area, 4);
      if (random.nextBoolean()) {
        ring.addIndirect(request.pieces(), area.allocate(64, 16));
      } else {
        ring.add(request.pieces());
      }
    }
    ring.show();
  }

  /** Changes of every size, mostly in the ring, to values that somebody might have forgotten. */
  private static void mutate(Random random, long ringEnd) {
    long base = area.base;
    long end = area.mark();
    long[] values = {
      0,
      1,
      2,
      4,
      7,
      15,
      16,
      0x7f,
      0xff,
      0x7fff,
      0x8000,
      0xffff,
      0x7fff_ffffL,
      0xffff_ffffL,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      -1,
      -16,
      base,
      base - 1,
      end,
      base + MEMORY_BYTES,
      base + MEMORY_BYTES - 1,
      base + MEMORY_BYTES - 16
    };
    int changes = 1 + random.nextInt(12);
    for (int change = 0; change < changes; change++) {
      long limit = random.nextInt(4) > 0 ? ringEnd : end;
      long place = base + random.nextInt((int) (limit - base - 8));
      long value =
          random.nextInt(3) > 0 ? values[random.nextInt(values.length)] : random.nextLong();
      switch (random.nextInt(4)) {
        case 0 -> area.putByte(place, (int) value);
        case 1 -> area.putShort(place & ~1, (int) value);
        case 2 -> area.putInt(place & ~3, (int) value);
        default -> area.putLong(place & ~7, value);
      }
    }
  }
}
