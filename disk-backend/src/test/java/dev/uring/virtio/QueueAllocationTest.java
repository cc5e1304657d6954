package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.HeapUse;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueAllocationTest {
  private static final int DEPTH = 32;
  private static final int BLOCK = 4096;
  private static final int SIZE = 16 << 20;
  private static final int WARM_UP = 100_000;
  private static final int MEASURED = 300_000;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(600)
  void the_queues_threads_allocate_nothing_over_three_hundred_thousand_requests(boolean inOrder)
      throws Exception {
    BlockOptions options =
        BlockOptions.defaults().withQueues(2).withThreads(2).withInOrder(inOrder);
    try (Machine machine = Machine.make(directory, SIZE, options)) {
      machine.driver.boot(Machine.ALL, 2, 128);
      Load one = new Load(machine.driver, 0);
      Load other = new Load(machine.driver, 1);
      one.run(WARM_UP);
      other.run(WARM_UP);
      HeapUse.mustBeNone(
          machine.device.threads(),
          MEASURED,
          () -> {
            one.run(MEASURED / 2);
            other.run(MEASURED / 2);
          });
    }
  }

  /** Chains made once and offered again and again: three reads to one write, and a flush. */
  private static final class Load {
    private final MmioDriver driver;
    private final RingDriver ring;
    private final int queue;
    private final long[] headers = new long[DEPTH];
    private final long[] statuses = new long[DEPTH];
    private long sent;

    Load(MmioDriver driver, int queue) {
      this.driver = driver;
      this.queue = queue;
      ring = driver.rings.get(queue);
      for (int slot = 0; slot < DEPTH; slot++) {
        headers[slot] = driver.header(MmioDriver.IN, 0);
        statuses[slot] = driver.area.allocate(1, 1);
        long data = driver.area.allocate(BLOCK, 512);
        int head = 4 * slot;
        put(head, headers[slot], 16, RingDriver.NEXT, head + 1);
        put(head + 1, data, BLOCK, RingDriver.NEXT, head + 2);
        put(head + 2, statuses[slot], 1, RingDriver.WRITE, 0);
      }
    }

    private void put(int index, long address, int length, int flags, int next) {
      ring.putDescriptor(ring.descriptors, index, address, length, flags, next);
    }

    private void offer(int slot) {
      boolean write = sent % 4 == 3;
      int type =
          sent % 50_000 == 49_999 ? MmioDriver.FLUSH : write ? MmioDriver.OUT : MmioDriver.IN;
      driver.area.putInt(headers[slot], type);
      driver.area.putLong(headers[slot] + 8, sent * 7919 * 8 % (SIZE / 512));
      driver.area.putShort(
          ring.descriptors + 16L * (4 * slot + 1) + 12,
          RingDriver.NEXT | (type == MmioDriver.OUT ? 0 : RingDriver.WRITE));
      ring.offerHead(4 * slot);
      sent++;
    }

    void run(int requests) throws InterruptedException {
      int offered = 0;
      while (offered < DEPTH) {
        offer(offered);
        offered++;
      }
      int done = 0;
      while (done < requests) {
        if (ring.show()) {
          driver.notifyQueue(queue);
        }
        RingDriver.Used used = driver.await(queue);
        while (used != null) {
          int slot = used.head() / 4;
          assertThat(driver.area.getByte(statuses[slot])).isZero();
          done++;
          if (offered < requests) {
            offer(slot);
            offered++;
          }
          used = ring.takeUsed();
        }
      }
    }
  }
}
