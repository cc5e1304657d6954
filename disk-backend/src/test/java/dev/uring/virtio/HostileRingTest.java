package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each thing that no driver may do breaks its queue, is told as the specification has it, leaves
 * the other queue alone, and is forgotten by a reset.
 */
@Timeout(60)
class HostileRingTest {
  private static final int SIZE = 1 << 20;
  private static final int NEEDS_RESET = 64;

  /** What a hostile driver does to its ring; it has been given a header and some room. */
  private interface Misdeed {
    void commit(RingDriver ring, long header, long room);
  }

  private static final Map<String, Misdeed> MISDEEDS = new LinkedHashMap<>();

  private static void misdeed(String name, Misdeed misdeed) {
    MISDEEDS.put(name, misdeed);
  }

  private static void put(RingDriver ring, int index, long address, int length, int flags, int to) {
    ring.putDescriptor(ring.descriptors, index, address, length, flags, to);
  }

  static {
    misdeed("a head out of range", (ring, header, room) -> ring.offerHead(64));
    misdeed("the largest head", (ring, header, room) -> ring.offerHead(65_535));
    misdeed(
        "a next out of range",
        (ring, header, room) -> {
          put(ring, 0, header, 16, RingDriver.NEXT, 64);
          ring.offerHead(0);
        });
    misdeed(
        "a circle",
        (ring, header, room) -> {
          put(ring, 0, header, 16, RingDriver.NEXT, 1);
          put(ring, 1, room, 1, RingDriver.NEXT, 0);
          ring.offerHead(0);
        });
    misdeed(
        "an address that is nowhere",
        (ring, header, room) -> {
          put(ring, 0, header, 16, RingDriver.NEXT, 1);
          put(ring, 1, 0x10, 513, RingDriver.WRITE, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a range over the end of memory",
        (ring, header, room) -> {
          put(ring, 0, header, 16, RingDriver.NEXT, 1);
          put(ring, 1, room, Integer.MAX_VALUE, RingDriver.WRITE, 0);
          ring.offerHead(0);
        });
    misdeed(
        "an address that wraps",
        (ring, header, room) -> {
          put(ring, 0, -8, 16, 0, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a short header",
        (ring, header, room) -> {
          put(ring, 0, header, 15, RingDriver.NEXT, 1);
          put(ring, 1, room, 1, RingDriver.WRITE, 0);
          ring.offerHead(0);
        });
    misdeed(
        "no header",
        (ring, header, room) -> {
          put(ring, 0, room, 512, RingDriver.WRITE, 0);
          ring.offerHead(0);
        });
    misdeed(
        "no place for a status",
        (ring, header, room) -> {
          put(ring, 0, header, 16, 0, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a status that can only be read",
        (ring, header, room) -> {
          put(ring, 0, header, 16, RingDriver.NEXT, 1);
          put(ring, 1, room, 1, 0, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a header behind the status",
        (ring, header, room) -> {
          put(ring, 0, room, 1, RingDriver.WRITE | RingDriver.NEXT, 1);
          put(ring, 1, header, 16, 0, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a descriptor of no bytes",
        (ring, header, room) -> {
          put(ring, 0, header, 0, RingDriver.NEXT, 1);
          put(ring, 1, room, 1, RingDriver.WRITE, 0);
          ring.offerHead(0);
        });
    misdeed(
        "nested tables",
        (ring, header, room) -> {
          ring.putDescriptor(room, 0, room, 16, RingDriver.INDIRECT, 0);
          put(ring, 0, room, 16, RingDriver.INDIRECT, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a table of an odd length",
        (ring, header, room) -> {
          put(ring, 0, room, 24, RingDriver.INDIRECT, 0);
          ring.offerHead(0);
        });
    misdeed(
        "a huge table",
        (ring, header, room) -> {
          put(ring, 0, room, -16, RingDriver.INDIRECT, 0);
          ring.offerHead(0);
        });
    misdeed(
        "an index that jumps",
        (ring, header, room) -> {
          for (int count = 0; count < 65; count++) {
            ring.offerHead(0);
          }
        });
  }

  static Stream<String> misdeeds() {
    return MISDEEDS.keySet().stream();
  }

  @TempDir Path directory;
  private Machine machine;
  private MmioDriver driver;

  @BeforeEach
  void boot() {
    machine = Machine.make(directory, SIZE, BlockOptions.defaults().withQueues(2).withThreads(1));
    driver = machine.driver;
    driver.boot(Machine.ALL, 2, 64);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  @ParameterizedTest
  @MethodSource("misdeeds")
  void what_no_driver_may_do_breaks_its_queue_and_no_other_until_a_reset(String misdeed)
      throws Exception {
    RingDriver ring = driver.rings.get(0);
    long header = driver.header(MmioDriver.IN, 0);
    long room = machine.area.allocate(4096, 16);
    MISDEEDS.get(misdeed).commit(ring, header, room);
    ring.show();
    driver.notifyQueue(0);
    driver.awaitInterrupt();
    assertThat(driver.status()).isEqualTo(NEEDS_RESET | 15);

    byte[] data = new byte[512];
    Arrays.fill(data, (byte) 9);
    assertThat(driver.request(1, MmioDriver.OUT, 1, data, 0).status()).isZero();
    driver.notifyQueue(0);
    assertThat(driver.request(1, MmioDriver.IN, 1, new byte[0], 512).data()).isEqualTo(data);
    assertThat(ring.takeUsed()).isNull();

    machine.area.reset();
    driver.boot(Machine.ALL, 2, 64);
    assertThat(driver.status()).isEqualTo(15);
    assertThat(driver.read(1, 512)).isEqualTo(data);
  }

  @Test
  void what_was_in_flight_when_a_queue_broke_is_not_given_back_and_the_reset_waits_for_it()
      throws Exception {
    for (boolean inOrder : new boolean[] {false, true}) {
      machine.close();
      machine =
          Machine.make(
              ImageFile.open(directory.resolve("image"), ImageOptions.defaults()),
              BlockOptions.defaults().withInOrder(inOrder),
              GuestArea.make(Machine.RAM, 4 << 20));
      driver = machine.driver;
      driver.boot(Machine.ALL, 1, 64);
      RingDriver ring = driver.rings.get(0);
      for (int count = 0; count < 16; count++) {
        long status = machine.area.allocate(1, 1);
        ring.add(
            List.of(
                new RingDriver.Piece(driver.header(MmioDriver.FLUSH, 0), 16, false),
                new RingDriver.Piece(status, 1, true)));
      }
      ring.offerHead(1000);
      ring.show();
      driver.notifyQueue(0);
      driver.awaitInterrupt();
      assertThat(driver.status()).isEqualTo(NEEDS_RESET | 15);
      assertThat(ring.takeUsed()).isNull();
      machine.area.reset();
      driver.boot(Machine.ALL, 1, 64);
      driver.flush();
    }
  }

  @Test
  void a_queue_that_lies_nowhere_is_broken_from_the_start() {
    driver.register(0x70, 0);
    driver.boot(Machine.ALL, 0, 64);
    driver.register(0x30, 0);
    driver.register(0x38, 64);
    driver.register(0x84, 0x7777);
    driver.register(0x44, 1);
    assertThat(driver.status()).isEqualTo(NEEDS_RESET | 15);
    driver.register(0x70, 0);
    driver.boot(Machine.ALL, 0, 64);
    driver.register(0x30, 0);
    driver.register(0x38, 512);
    driver.register(0x44, 1);
    assertThat(driver.status()).isEqualTo(NEEDS_RESET | 15);
  }

  /**
   * Whether a reset revives it; one more where a fault surfaces in the queue's thread after the
   * first, as it may on Java 17.
   */
  private static boolean isRevived(MmioDriver victim, GuestArea area) throws InterruptedException {
    for (int attempt = 0; attempt < 3; attempt++) {
      area.reset();
      victim.boot(Machine.ALL, 1, 64);
      if (victim.flushesWithoutReset()) {
        return true;
      }
    }
    return false;
  }

  /** The kernel finds nothing there (EFAULT); Java code gets an InternalError. Both are borne. */
  @Test
  void memory_that_is_truncated_beneath_the_device_costs_that_guest_a_reset_and_nothing_else()
      throws Exception {
    ImageFile image =
        ImageFile.open(directory.resolve("other"), ImageOptions.defaults().withCreate(SIZE));
    TestLine line = new TestLine();
    try (Descriptor file = Descriptor.memFd("guest", 4 << 20);
        GuestRegion region = GuestRegion.map(Machine.RAM, 0, 4 << 20, file, 0);
        VirtioMmio device =
            VirtioMmio.open(
                new RawDisk(image), GuestMemory.of(region), line, BlockOptions.defaults())) {
      GuestArea area = new GuestArea(Machine.RAM, region.windows().get(0).buffer());
      MmioDriver victim = new MmioDriver(device, area, line);
      victim.boot(Machine.ALL, 1, 64);
      // Until all of it is compiled: where a fault surfaces then is another question.
      for (int count = 0; count < 5_000; count++) {
        victim.request(MmioDriver.GET_ID, 0, new byte[0], 20);
      }

      // The data's page goes: the kernel's own access fails, and the request with it.
      area.allocate(1 << 20, 4096);
      RingDriver ring = victim.rings.get(0);
      long status = area.mark() - 1;
      ring.add(
          List.of(
              new RingDriver.Piece(victim.header(MmioDriver.OUT, 0), 16, false),
              new RingDriver.Piece(Machine.RAM + (3 << 20), 512, false),
              new RingDriver.Piece(status, 1, true)));
      file.truncate(3 << 20);
      ring.show();
      victim.notifyQueue(0);
      victim.await(0);
      assertThat(area.getByte(status)).isEqualTo(1);

      // The status's page goes.
      ring.add(
          List.of(
              new RingDriver.Piece(victim.header(MmioDriver.FLUSH, 0), 16, false),
              new RingDriver.Piece(Machine.RAM + (3 << 20), 1, true)));
      ring.show();
      victim.notifyQueue(0);
      victim.register(0x70, 0);
      file.truncate(4 << 20);
      assertThat(isRevived(victim, area)).isTrue();

      // The rings go.
      file.truncate(0);
      victim.notifyQueue(0);
      victim.register(0x70, 0);

      // And come back, empty: after a reset all is well.
      file.truncate(4 << 20);
      assertThat(isRevived(victim, area)).isTrue();
    } finally {
      image.close();
    }
    driver.flush();
  }
}
