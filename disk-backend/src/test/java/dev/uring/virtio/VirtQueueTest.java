package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VirtQueueTest {
  private static final int SIZE = 8;

  private final GuestArea area = GuestArea.make(0x8000_0000L, 1 << 20);

  private static VirtQueue queue(RingDriver driver) {
    QueueSetup setup = driver.setup();
    return new VirtQueue(
        new SplitRing(setup, driver.area.map()),
        driver.eventIndex,
        setup.availableIndex(),
        setup.usedIndex());
  }

  private static List<RingDriver.Piece> onePiece(GuestArea area) {
    return List.of(new RingDriver.Piece(area.base, 1, true));
  }

  @Test
  void heads_come_in_the_order_in_which_they_were_made_available() {
    RingDriver driver = new RingDriver(area, SIZE, false);
    VirtQueue queue = queue(driver);
    assertThat(queue.pop()).isEqualTo(-1);
    for (int head : new int[] {5, 0, 7}) {
      driver.offerHead(head);
    }
    assertThat(queue.pop()).isEqualTo(-1);
    driver.show();
    assertThat(queue.pop()).isEqualTo(5);
    assertThat(queue.pop()).isZero();
    assertThat(queue.pop()).isEqualTo(7);
    assertThat(queue.pop()).isEqualTo(-1);
    assertThat(queue.outstanding()).isEqualTo(3);
  }

  @Test
  void used_elements_are_little_endian_and_shown_only_when_published() {
    RingDriver driver = new RingDriver(area, SIZE, false);
    VirtQueue queue = queue(driver);
    driver.offerHead(3);
    driver.show();
    queue.push(queue.pop(), 0x01020304);
    assertThat(area.get(driver.used + 4, 8)).containsExactly(3, 0, 0, 0, 4, 3, 2, 1);
    assertThat(area.getShort(driver.used + 2)).isZero();
    assertThat(queue.publish()).isTrue();
    assertThat(area.get(driver.used + 2, 2)).containsExactly(1, 0);
    assertThat(queue.outstanding()).isZero();
    assertThat(queue.publish()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 256, 32_768})
  void indices_wrap_at_sixteen_bits_whatever_the_size(int size) {
    RingDriver driver = new RingDriver(GuestArea.make(0, 2 << 20), size, true, 65_535 - size / 2);
    VirtQueue queue = queue(driver);
    for (int round = 0; round < 3; round++) {
      for (int index = 0; index < size; index++) {
        driver.add(onePiece(driver.area));
      }
      driver.show();
      for (int index = 0; index < size; index++) {
        queue.push(queue.pop(), round);
      }
      assertThat(queue.pop()).isEqualTo(-1);
      queue.publish();
      for (int index = 0; index < size; index++) {
        assertThat(driver.takeUsed().length()).isEqualTo(round);
      }
      assertThat(driver.takeUsed()).isNull();
    }
  }

  @Test
  void an_available_index_that_jumps_by_more_than_the_size_breaks_the_queue() {
    RingDriver driver = new RingDriver(area, SIZE, false);
    VirtQueue queue = queue(driver);
    driver.showIndex(SIZE + 1);
    assertThatThrownBy(queue::pop)
        .isInstanceOf(BrokenQueueException.class)
        .hasMessageContaining("9 chains wait");
    driver.showIndex(65_535);
    assertThatThrownBy(queue::pop).isInstanceOf(BrokenQueueException.class);
  }

  @Test
  void more_than_the_queue_holds_is_refused_also_when_it_comes_bit_by_bit() {
    RingDriver driver = new RingDriver(area, SIZE, false);
    VirtQueue queue = queue(driver);
    for (int index = 1; index <= SIZE; index++) {
      driver.showIndex(index);
      queue.push(queue.pop(), 0);
    }
    driver.showIndex(SIZE + 1);
    assertThatThrownBy(queue::pop).isInstanceOf(BrokenQueueException.class);
    queue.publish();
    assertThat(queue.pop()).isNotNegative();
  }

  @Test
  void a_driver_that_wants_silence_gets_it() {
    RingDriver driver = new RingDriver(area, SIZE, false);
    VirtQueue queue = queue(driver);
    driver.disableInterrupts();
    driver.showIndex(2);
    queue.push(queue.pop(), 0);
    assertThat(queue.publish()).isFalse();
    driver.enableInterrupts();
    queue.push(queue.pop(), 0);
    assertThat(queue.publish()).isTrue();
  }

  @Property(tries = 500)
  void with_event_indices_the_driver_is_told_if_and_only_if_its_event_was_passed(
      @ForAll @IntRange(max = 65_535) int first,
      @ForAll @IntRange(min = 1, max = SIZE) int count,
      @ForAll @IntRange(max = 65_535) int event) {
    RingDriver driver = new RingDriver(GuestArea.make(0, 1 << 16), SIZE, true, first);
    VirtQueue queue = queue(driver);
    driver.showIndex((first + count) & 0xffff);
    area.fence();
    driver.area.putShort(driver.available + 4 + 2 * SIZE, event);
    boolean passed = false;
    for (int index = 0; index < count; index++) {
      queue.push(queue.pop(), 0);
      passed |= ((first + index) & 0xffff) == event;
    }
    assertThat(queue.publish()).isEqualTo(passed);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_driver_notifies_only_when_the_device_has_stopped_looking(boolean eventIndex) {
    RingDriver driver = new RingDriver(area, SIZE, eventIndex);
    VirtQueue queue = queue(driver);
    assertThat(queue.enableKicks()).isFalse();
    driver.offerHead(0);
    assertThat(driver.show()).isTrue();
    queue.suppressKicks();
    queue.pop();
    driver.offerHead(1);
    assertThat(driver.show()).isFalse();
    assertThat(queue.enableKicks()).isTrue();
    queue.suppressKicks();
    queue.pop();
    assertThat(queue.enableKicks()).isFalse();
    driver.offerHead(2);
    assertThat(driver.show()).isTrue();
  }

  /** Each side sleeps on its notification alone: one that gets lost leaves both asleep. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(120)
  void no_notification_is_ever_lost_between_two_threads(boolean eventIndex) throws Exception {
    int rounds = 100_000;
    RingDriver driver = new RingDriver(area, 4, eventIndex, 60_000);
    VirtQueue queue = queue(driver);
    queue.enableKicks();
    driver.enableInterrupts();
    Semaphore kicks = new Semaphore(0);
    Semaphore interrupts = new Semaphore(0);
    CompletableFuture<Void> device =
        CompletableFuture.runAsync(() -> serve(queue, rounds, kicks, interrupts));
    int taken = 0;
    int added = 0;
    while (taken < rounds) {
      while (added < rounds && driver.freeDescriptors() > 0 && added - taken < 1 + taken % 4) {
        driver.add(onePiece(area));
        added++;
        if (driver.show()) {
          kicks.release();
        }
      }
      if (driver.takeUsed() != null) {
        taken++;
      } else if (!driver.enableInterrupts()) {
        assertThat(interrupts.tryAcquire(20, TimeUnit.SECONDS)).as("an interrupt").isTrue();
        interrupts.drainPermits();
      }
    }
    device.get(20, TimeUnit.SECONDS);
  }

  private static void serve(VirtQueue queue, int rounds, Semaphore kicks, Semaphore interrupts) {
    int served = 0;
    while (served < rounds) {
      queue.suppressKicks();
      int head = queue.pop();
      if (head >= 0) {
        queue.push(head, 1);
        served++;
        if (queue.publish()) {
          interrupts.release();
        }
      } else if (!queue.enableKicks()) {
        try {
          assertThat(kicks.tryAcquire(20, TimeUnit.SECONDS)).as("a kick").isTrue();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        kicks.drainPermits();
      }
    }
  }

  @Test
  void a_queue_that_could_not_be_is_refused_at_its_start() {
    GuestMemory map = area.map();
    long base = area.base;
    for (int size : new int[] {0, -1, 3, 65_536, Integer.MIN_VALUE}) {
      assertRefused(QueueSetup.fresh(size, base, base, base), map);
    }
    assertRefused(QueueSetup.fresh(8, base + 8, base, base), map);
    assertRefused(QueueSetup.fresh(8, base, base + 1, base), map);
    assertRefused(QueueSetup.fresh(8, base, base, base + 2), map);
    long end = base + (1 << 20);
    assertRefused(QueueSetup.fresh(8, end - 112, base, base), map);
    assertRefused(QueueSetup.fresh(8, base, end - 16, base), map);
    assertRefused(QueueSetup.fresh(8, base, base, end - 64), map);
    assertRefused(QueueSetup.fresh(8, -16, base, base), map);
    SplitRing ring = new SplitRing(QueueSetup.fresh(8, end - 128, base, end - 72), map);
    assertThat(ring.size()).isEqualTo(8);
  }

  private static void assertRefused(QueueSetup setup, GuestMemory map) {
    assertThatIllegalArgumentException().isThrownBy(() -> new SplitRing(setup, map));
  }
}
