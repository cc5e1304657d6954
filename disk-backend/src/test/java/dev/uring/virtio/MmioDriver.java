package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.virtio.RingDriver.Piece;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest's driver of a block device behind MMIO registers, written from the specification: boots
 * the device, and makes requests one at a time or many. Knows of the device what a guest knows.
 */
final class MmioDriver {
  static final int IN = 0;
  static final int OUT = 1;
  static final int FLUSH = 4;
  static final int GET_ID = 8;
  static final int DISCARD = 11;
  static final int WRITE_ZEROES = 13;
  static final long VERSION_1 = 1L << 32;

  final GuestArea area;
  final List<RingDriver> rings = new ArrayList<>();
  private final VirtioMmio device;
  private final TestLine line;
  long features;

  MmioDriver(VirtioMmio device, GuestArea area, TestLine line) {
    this.device = device;
    this.area = area;
    this.line = line;
  }

  int register(int offset) {
    return (int) device.read(offset, 4);
  }

  void register(int offset, int value) {
    device.write(offset, 4, value);
  }

  int status() {
    return register(0x70);
  }

  private long offered() {
    register(0x14, 1);
    long high = Integer.toUnsignedLong(register(0x10));
    register(0x14, 0);
    return high << 32 | Integer.toUnsignedLong(register(0x10));
  }

  /** As 3.1.1 says: reset, acknowledge, negotiate, set queues up, go. */
  void boot(long wanted, int queueCount, int queueSize) {
    assertThat(register(0x00)).isEqualTo(0x74726976);
    assertThat(register(0x04)).isEqualTo(2);
    assertThat(register(0x08)).isEqualTo(2);
    register(0x70, 0);
    assertThat(status()).isZero();
    register(0x70, 1);
    register(0x70, 1 | 2);
    features = offered() & wanted;
    register(0x24, 0);
    register(0x20, (int) features);
    register(0x24, 1);
    register(0x20, (int) (features >>> 32));
    register(0x70, 1 | 2 | 8);
    assertThat(status()).isEqualTo(1 | 2 | 8);
    rings.clear();
    for (int index = 0; index < queueCount; index++) {
      rings.add(setUp(index, queueSize));
    }
    register(0x70, 1 | 2 | 8 | 4);
  }

  RingDriver setUp(int index, int queueSize) {
    RingDriver ring = new RingDriver(area, queueSize, (features & 1L << 29) != 0);
    register(0x30, index);
    assertThat(register(0x44)).isZero();
    assertThat(register(0x34)).isGreaterThanOrEqualTo(queueSize);
    register(0x38, queueSize);
    registerPair(0x80, ring.descriptors);
    registerPair(0x90, ring.available);
    registerPair(0xa0, ring.used);
    register(0x44, 1);
    assertThat(register(0x44)).isEqualTo(1);
    return ring;
  }

  private void registerPair(int offset, long value) {
    register(offset, (int) value);
    register(offset + 4, (int) (value >>> 32));
  }

  void notifyQueue(int index) {
    register(0x50, index);
  }

  /** Waits for the interrupt line to be raised, and lowers it by acknowledging. */
  void awaitInterrupt() throws InterruptedException {
    assertThat(line.await()).as("an interrupt").isTrue();
    register(0x64, register(0x60));
  }

  /** Waits for the next used element of a queue, by interrupts. */
  RingDriver.Used await(int index) throws InterruptedException {
    RingDriver ring = rings.get(index);
    while (true) {
      RingDriver.Used used = ring.takeUsed();
      if (used != null) {
        return used;
      }
      if (!ring.enableInterrupts()) {
        awaitInterrupt();
      }
    }
  }

  long header(int type, long sector) {
    long at = area.allocate(16, 1);
    area.putInt(at, type);
    area.putInt(at + 4, 0);
    area.putLong(at + 8, sector);
    return at;
  }

  private static final int NEEDS_RESET = 64;

  /** What came of a request. */
  static final class Outcome {
    private final int status;
    private final int used;
    private final byte[] data;

    Outcome(int status, int used, byte[] data) {
      this.status = status;
      this.used = used;
      this.data = data;
    }

    int status() {
      return status;
    }

    int used() {
      return used;
    }

    byte[] data() {
      return data;
    }
  }

  /** Makes one request in the plainest shape, and waits for its end. */
  Outcome request(int type, long sector, byte[] out, int in) throws InterruptedException {
    return request(0, type, sector, out, in);
  }

  Outcome request(int queue, int type, long sector, byte[] out, int in)
      throws InterruptedException {
    long mark = area.mark();
    try {
      List<Piece> pieces = new ArrayList<>();
      pieces.add(new Piece(header(type, sector), 16, false));
      if (out.length > 0) {
        long data = area.allocate(out.length, 512);
        area.put(data, out);
        pieces.add(new Piece(data, out.length, false));
      }
      long into = area.allocate(Math.max(in, 1), 512);
      if (in > 0) {
        pieces.add(new Piece(into, in, true));
      }
      long status = area.allocate(1, 1);
      area.putByte(status, 0xee);
      pieces.add(new Piece(status, 1, true));
      RingDriver ring = rings.get(queue);
      int head = ring.add(pieces);
      if (ring.show()) {
        notifyQueue(queue);
      }
      RingDriver.Used used = await(queue);
      assertThat(used.head()).isEqualTo(head);
      return new Outcome(area.getByte(status), used.length(), area.get(into, in));
    } finally {
      area.release(mark);
    }
  }

  byte[] read(long sector, int bytes) throws InterruptedException {
    Outcome outcome = request(IN, sector, new byte[0], bytes);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.used()).isEqualTo(bytes + 1);
    return outcome.data();
  }

  void write(long sector, byte[] data) throws InterruptedException {
    Outcome outcome = request(OUT, sector, data, 0);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.used()).isEqualTo(1);
  }

  /** Flushes the first queue's disk; false if the device asks for a reset instead. */
  boolean flushesWithoutReset() throws InterruptedException {
    RingDriver ring = rings.get(0);
    long status = area.allocate(1, 1);
    area.putByte(status, 0xee);
    ring.add(List.of(new Piece(header(FLUSH, 0), 16, false), new Piece(status, 1, true)));
    if (ring.show()) {
      notifyQueue(0);
    }
    while (ring.takeUsed() == null) {
      if ((status() & NEEDS_RESET) != 0) {
        return false;
      }
      if (!ring.enableInterrupts()) {
        awaitInterrupt();
      }
    }
    assertThat(area.getByte(status)).isZero();
    return true;
  }

  void flush() throws InterruptedException {
    assertThat(request(FLUSH, 0, new byte[0], 0).status()).isZero();
  }
}
