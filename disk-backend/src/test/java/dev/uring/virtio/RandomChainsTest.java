package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.virtio.RingDriver.Piece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Random requests in random pieces, many at once, against an array: the same bytes and statuses on
 * the disk and in the guest's memory, and not a byte of that memory changed but those.
 */
class RandomChainsTest {
  private static final int DISK_BYTES = 2 << 20;
  private static final int MEMORY_BYTES = 1 << 20;
  private static final int SECTORS = DISK_BYTES / 512;
  private static final int AT_ONCE = 16;
  private static final String SERIAL = "0123456789abcdefXYZ";

  private static Path directory;
  private static ImageFile image;
  private static Descriptor file;
  private static GuestRegion region;
  private static GuestArea area;
  private static VirtioMmio device;
  private static MmioDriver driver;
  private static byte[] model;

  @BeforeContainer
  static void start() throws IOException {
    directory = Files.createTempDirectory("chains");
    image =
        ImageFile.open(
            directory.resolve("image"),
            ImageOptions.defaults().withCreate(DISK_BYTES).withSerial(SERIAL));
    file = Descriptor.memFd("guest", MEMORY_BYTES);
    // Windows of two pages, so that pieces lie across them all the time; the guest sees one.
    area =
        new GuestArea(
            Machine.RAM, GuestRegion.map(0, 0, MEMORY_BYTES, file, 0).windows().get(0).buffer());
    region = GuestRegion.map(Machine.RAM, 0, MEMORY_BYTES, file, 0, 64 * 1024);
    TestLine line = new TestLine();
    device =
        VirtioMmio.open(
            new RawDisk(image),
            GuestMemory.of(region),
            line,
            BlockOptions.defaults().withInOrder(true));
    driver = new MmioDriver(device, area, line);
    model = new byte[DISK_BYTES];
  }

  @AfterContainer
  static void stop() throws IOException {
    device.close();
    region.close();
    file.close();
    image.close();
    Files.delete(directory.resolve("image"));
    Files.delete(directory);
  }

  @Property(tries = 500)
  void disk_and_memory_are_those_of_a_simple_model(@ForAll Random random) throws Exception {
    play(random);
  }

  @Property(tries = 5_000)
  @Tag("long")
  void disk_and_memory_are_those_of_a_simple_model_for_long(@ForAll Random random)
      throws Exception {
    play(random);
  }

  private static void play(Random random) throws Exception {
    area.reset();
    long features = Machine.ALL;
    long[] optional = {
      VirtioFeature.FLUSH.mask(),
      VirtioFeature.CONFIG_WCE.mask(),
      VirtioFeature.mask(VirtioFeature.DISCARD, VirtioFeature.WRITE_ZEROES),
      VirtioFeature.INDIRECT_DESC.mask(),
      VirtioFeature.EVENT_IDX.mask(),
      VirtioFeature.IN_ORDER.mask()
    };
    for (long bits : optional) {
      if (random.nextInt(3) == 0) {
        features &= ~bits;
      }
    }
    int size = 1 << (2 + random.nextInt(7));
    driver.boot(features, 1, size);
    long mark = area.mark();
    for (int round = 0; round < 6; round++) {
      exchange(random, size);
      area.release(mark);
    }
    byte[] disk = new byte[DISK_BYTES];
    for (int sector = 0; sector < SECTORS; sector += 1024) {
      System.arraycopy(driver.read(sector, 1024 * 512 / 2), 0, disk, sector * 512, 1024 * 256);
      System.arraycopy(
          driver.read(sector + 512, 1024 * 512 / 2), 0, disk, sector * 512 + (1 << 18), 1 << 18);
    }
    assertThat(Arrays.mismatch(disk, model)).isEqualTo(-1);
  }

  private static void exchange(Random random, int size) throws Exception {
    RingDriver ring = driver.rings.get(0);
    boolean indirect = VirtioFeature.INDIRECT_DESC.isIn(driver.features);
    boolean ranges = VirtioFeature.DISCARD.isIn(driver.features);
    Map<Integer, RandomRequest> requests = new HashMap<>();
    List<RandomRequest> all = new ArrayList<>();
    int slice = SECTORS / AT_ONCE;
    for (int index = 0; index < AT_ONCE && ring.freeDescriptors() >= 2; index++) {
      RandomRequest request =
          RandomRequest.make(random, model, index * slice, slice, ranges, SERIAL);
      boolean inTable = indirect && random.nextBoolean();
      request.place(area, inTable ? 200 : Math.min(ring.freeDescriptors(), 40));
      request.head =
          inTable
              ? ring.addIndirect(request.pieces(), area.allocate(16 * request.pieces().size(), 16))
              : ring.add(request.pieces());
      requests.put(request.head, request);
      all.add(request);
    }
    byte[] expected = area.get(area.base, MEMORY_BYTES);
    if (ring.show()) {
      driver.notifyQueue(0);
    }
    for (int count = 0; count < all.size(); count++) {
      RingDriver.Used used = driver.await(0);
      RandomRequest request = requests.remove(used.head());
      if (VirtioFeature.IN_ORDER.isIn(driver.features)) {
        assertThat(request).isSameAs(all.get(count));
      }
      assertThat(used.length()).as("%s", request).isEqualTo(request.expectedUsed());
    }
    for (RandomRequest request : all) {
      Piece last = request.pieces().get(request.pieces().size() - 1);
      assertThat(area.getByte(last.address() + last.length() - 1))
          .as("%s", request)
          .isEqualTo(request.expectedStatus());
      request.expectIn(expected, area.base);
    }
    ignoreRing(expected, ring, size);
    assertThat(Arrays.mismatch(area.get(area.base, MEMORY_BYTES), expected)).isEqualTo(-1);
    for (RandomRequest request : all) {
      if (request.isDiscard()) {
        learn(request);
      }
    }
  }

  /** The used ring and the driver's own two words are not part of the comparison. */
  private static void ignoreRing(byte[] expected, RingDriver ring, int size) {
    int from = (int) (ring.available - area.base);
    int to = (int) (ring.used - area.base) + SplitRing.usedBytes(size);
    byte[] now = area.get(area.base, MEMORY_BYTES);
    System.arraycopy(now, from, expected, from, to - from);
  }

  /** A discarded sector has become zeros or has not; nothing else. */
  private static void learn(RandomRequest request) throws InterruptedException {
    for (int at = request.discardedFrom(); at < request.discardedTo(); at += 512) {
      byte[] now = driver.read(at / 512, 512);
      if (!Arrays.equals(now, 0, 512, model, at, at + 512)) {
        assertThat(now).containsOnly(0);
        Arrays.fill(model, at, at + 512, (byte) 0);
      }
    }
  }
}
