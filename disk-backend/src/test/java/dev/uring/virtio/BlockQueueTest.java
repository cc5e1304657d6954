package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.virtio.RingDriver.Piece;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A queue over a disk that answers when it is told to. */
@Timeout(60)
class BlockQueueTest {
  private static final int SIZE = 1 << 20;
  private static final int EIO = 5;
  private static final long PLAIN =
      VirtioFeature.mask(VirtioFeature.VERSION_1, VirtioFeature.FLUSH);

  @TempDir Path directory;
  private ImageFile image;
  private HeldQueue held;
  private final GuestArea area = GuestArea.make(Machine.RAM, 1 << 20);
  private RingDriver ring;
  private final List<Long> statuses = new ArrayList<>();

  private void start(BlockOptions options, long features) {
    start(
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE)),
        options,
        features);
  }

  private void start(ImageFile opened, BlockOptions options, long features) {
    image = opened;
    held = new HeldQueue(new RawDisk(image), options);
    assertThat(held.device.negotiate(features)).isTrue();
    ring = new RingDriver(area, 16, VirtioFeature.EVENT_IDX.isIn(features));
    held.on(() -> held.queue.start(ring.setup(), area.map(), held));
  }

  @AfterEach
  void close() {
    held.close();
    image.close();
  }

  private int add(int type, byte[] out) {
    long header = area.allocate(16 + out.length, 1);
    area.putInt(header, type);
    area.putLong(header + 8, 0);
    area.put(header + 16, out);
    long status = area.allocate(1, 1);
    area.putByte(status, 0xee);
    statuses.add(status);
    int head =
        ring.add(List.of(new Piece(header, 16 + out.length, false), new Piece(status, 1, true)));
    ring.show();
    return head;
  }

  private int status(int request) {
    return area.getByte(statuses.get(request));
  }

  @ParameterizedTest
  @CsvSource({
    // offered mode, FLUSH, CONFIG_WCE, the driver writes writeback, durable
    "false, true,  true,  -1, false",
    "false, true,  true,   0, true",
    "false, true,  true,   1, false",
    "false, true,  false, -1, false",
    "false, true,  false,  0, false",
    "false, false, false, -1, true",
    "false, false, true,  -1, true",
    "false, false, true,   1, true",
    "true,  true,  true,  -1, true",
    "true,  true,  true,   1, false",
    "true,  true,  false, -1, true",
  })
  void a_write_is_durable_before_it_completes_unless_the_driver_knows_of_a_cache(
      boolean through, boolean flush, boolean wce, int writeback, boolean durable) {
    long features = VirtioFeature.VERSION_1.mask() | VirtioFeature.WRITE_ZEROES.mask();
    features |= flush ? VirtioFeature.FLUSH.mask() : 0;
    features |= wce ? VirtioFeature.CONFIG_WCE.mask() : 0;
    start(BlockOptions.defaults().withWriteThrough(through), features);
    if (writeback >= 0) {
      held.device.writeConfiguration(32, writeback);
    }
    assertThat(held.device.readConfiguration(32)).isEqualTo(durable ? 0 : 1);
    assertThat(held.device.isWriteThrough()).isEqualTo(durable);
    add(MmioDriver.OUT, new byte[512]);
    add(MmioDriver.WRITE_ZEROES, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
    held.process();
    assertThat(held.durable).containsExactly(durable, durable);
    held.complete(0, 0);
    held.complete(0, 0);
  }

  @Test
  void nothing_is_used_before_the_disk_has_done_it_and_errors_are_told() {
    start(BlockOptions.defaults(), PLAIN);
    add(MmioDriver.FLUSH, new byte[0]);
    int second = add(MmioDriver.FLUSH, new byte[0]);
    held.process();
    assertThat(held.held).hasSize(2);
    assertThat(ring.takeUsed()).isNull();
    held.complete(1, EIO);
    assertThat(ring.takeUsed()).isEqualTo(new RingDriver.Used(second, 1));
    assertThat(status(1)).isEqualTo(1);
    assertThat(status(0)).isEqualTo(0xee);
    assertThat(held.notifications.get()).isEqualTo(1);
    held.complete(0, 0);
    assertThat(status(0)).isZero();
  }

  @Test
  void all_that_ends_in_one_turn_is_told_once() {
    start(BlockOptions.defaults(), PLAIN);
    for (int count = 0; count < 5; count++) {
      add(MmioDriver.FLUSH, new byte[0]);
    }
    held.process();
    held.on(() -> new ArrayList<>(held.held).forEach(request -> request.completed(0)));
    assertThat(ring.usedIndex()).isZero();
    for (int count = 0; count < 5; count++) {
      assertThat(ring.takeUsed()).isNotNull();
    }
    assertThat(held.notifications.get()).isEqualTo(1);
  }

  @Test
  void in_order_means_that_the_first_keeps_all_others_waiting() {
    start(BlockOptions.defaults().withInOrder(true), PLAIN | VirtioFeature.IN_ORDER.mask());
    int first = add(MmioDriver.FLUSH, new byte[0]);
    int second = add(MmioDriver.FLUSH, new byte[0]);
    int third = add(MmioDriver.FLUSH, new byte[0]);
    held.process();
    held.complete(1, 0);
    held.complete(1, 0);
    assertThat(ring.takeUsed()).isNull();
    held.complete(0, 0);
    assertThat(ring.takeUsed().head()).isEqualTo(first);
    assertThat(ring.takeUsed().head()).isEqualTo(second);
    assertThat(ring.takeUsed().head()).isEqualTo(third);
  }

  @Test
  void what_is_in_flight_when_an_ordered_queue_breaks_leaves_nothing_behind() {
    start(BlockOptions.defaults().withInOrder(true), PLAIN | VirtioFeature.IN_ORDER.mask());
    add(MmioDriver.FLUSH, new byte[0]);
    add(MmioDriver.FLUSH, new byte[0]);
    held.process();
    held.complete(1, 0);
    ring.offerHead(999);
    ring.show();
    held.process();
    assertThat(held.reason).contains("descriptor 999");
    boolean[] drained = {false};
    held.on(() -> held.queue.stop(() -> drained[0] = true));
    assertThat(drained[0]).isFalse();
    assertThatThrownBy(() -> held.on(() -> held.queue.start(ring.setup(), area.map(), held)))
        .hasRootCauseInstanceOf(IllegalStateException.class);
    held.complete(0, 0);
    assertThat(drained[0]).isTrue();
    assertThat(ring.takeUsed()).isNull();
    assertThat(held.queue.inFlight()).isZero();
  }

  @Test
  void what_was_taken_together_with_what_broke_the_queue_leaves_nothing_behind() {
    start(BlockOptions.defaults().withInOrder(true), PLAIN | VirtioFeature.IN_ORDER.mask());
    add(99, new byte[0]);
    add(MmioDriver.FLUSH, new byte[0]);
    ring.offerHead(999);
    ring.show();
    held.process();
    assertThat(held.reason).contains("descriptor 999");
    assertThat(held.held).isEmpty();
    assertThat(held.queue.inFlight()).isZero();
    boolean[] drained = {false};
    held.on(() -> held.queue.stop(() -> drained[0] = true));
    assertThat(drained[0]).isTrue();
  }

  @Test
  void no_write_reaches_a_disk_that_can_only_be_read() throws Exception {
    Files.write(directory.resolve("image"), new byte[SIZE]);
    image = ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withReadOnly(true));
    start(image, BlockOptions.defaults(), PLAIN);
    add(MmioDriver.OUT, new byte[512]);
    held.process();
    assertThat(held.held).isEmpty();
    assertThat(status(0)).isEqualTo(1);
  }

  @Test
  void a_map_is_let_go_of_when_the_last_request_that_has_addresses_of_it_has_ended() {
    start(BlockOptions.defaults(), PLAIN);
    add(MmioDriver.OUT, new byte[512]);
    held.process();
    GuestArea more = GuestArea.make(0x1_0000_0000L, 1 << 16);
    boolean[] released = {false, false};
    held.on(
        () ->
            held.queue.changeMemory(
                GuestMemory.of(area.region(), more.region()), () -> released[0] = true));
    assertThat(released[0]).isFalse();
    // Served from the new map, while the old one is still in use.
    long status = more.allocate(1, 1);
    long header = more.allocate(16, 1);
    more.putInt(header, MmioDriver.FLUSH);
    ring.add(List.of(new Piece(header, 16, false), new Piece(status, 1, true)));
    ring.show();
    held.process();
    assertThat(held.reason).isNull();
    held.complete(1, 0);
    assertThat(released[0]).isFalse();
    held.complete(0, 0);
    assertThat(released[0]).isTrue();
    assertThat(status(0)).isZero();
    held.on(() -> held.queue.changeMemory(area.map(), () -> released[1] = true));
    assertThat(released[1]).isTrue();
    // What is gone is gone for requests.
    ring.add(List.of(new Piece(header, 16, false), new Piece(status, 1, true)));
    ring.show();
    held.process();
    assertThat(held.reason).contains("do not lie in the guest's memory");
  }

  @Test
  void a_map_without_the_queue_itself_breaks_it() {
    start(BlockOptions.defaults(), PLAIN);
    add(MmioDriver.FLUSH, new byte[0]);
    held.process();
    boolean[] released = {false};
    held.on(() -> held.queue.changeMemory(GuestMemory.EMPTY, () -> released[0] = true));
    assertThat(held.reason).contains("do not lie in one region");
    assertThat(released[0]).isFalse();
    held.complete(0, 0);
    assertThat(released[0]).isTrue();
  }

  @Test
  void a_stopped_queue_finishes_what_it_has_and_goes_on_where_it_was() {
    start(BlockOptions.defaults(), PLAIN);
    add(MmioDriver.FLUSH, new byte[0]);
    held.process();
    boolean[] drained = {false};
    held.on(() -> held.queue.stop(() -> drained[0] = true));
    add(MmioDriver.FLUSH, new byte[0]);
    held.process();
    assertThat(held.held).hasSize(1);
    assertThat(drained[0]).isFalse();
    held.complete(0, 0);
    assertThat(drained[0]).isTrue();
    assertThat(ring.takeUsed()).isNotNull();
    int index = held.queue.availableIndex();
    assertThat(index).isEqualTo(1);
    QueueSetup where = ring.setup();
    held.on(
        () ->
            held.queue.start(
                new QueueSetup(
                    16,
                    where.descriptors(),
                    where.driverArea(),
                    where.deviceArea(),
                    index,
                    QueueSetup.AS_THE_RING_SAYS),
                area.map(),
                held));
    assertThat(held.held).hasSize(1);
    held.complete(0, 0);
    assertThat(ring.takeUsed()).isNotNull();
    assertThat(status(1)).isZero();
  }

  @Test
  void a_request_of_many_ranges_goes_on_to_its_end_though_the_queue_is_being_stopped() {
    start(BlockOptions.defaults(), PLAIN | VirtioFeature.DISCARD.mask());
    byte[] ranges = new byte[48];
    ranges[8] = 1;
    ranges[24] = 1;
    ranges[40] = 1;
    add(MmioDriver.DISCARD, ranges);
    held.process();
    held.on(() -> held.queue.stop(() -> {}));
    for (int range = 0; range < 3; range++) {
      assertThat(ring.takeUsed()).isNull();
      assertThat(held.held).hasSize(1);
      held.complete(0, 0);
    }
    assertThat(status(0)).isZero();
    assertThat(ring.takeUsed()).isNotNull();
  }
}
