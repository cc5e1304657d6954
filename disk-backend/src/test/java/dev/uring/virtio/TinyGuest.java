package dev.uring.virtio;

/**
 * The program that runs in the {@link TinyEmulator}: a driver for one disk, one request at a time.
 * It knows nothing but loads, stores, a fence and waiting for interrupts.
 */
final class TinyGuest {
  private static final long DISK = TinyEmulator.DISK;
  private static final int SIZE = 8;
  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final long DESCRIPTORS = TinyEmulator.RAM;
  private static final long AVAILABLE = TinyEmulator.RAM + 0x100;
  private static final long USED = TinyEmulator.RAM + 0x200;
  private static final long HEADER = TinyEmulator.RAM + 0x300;
  private static final long STATUS = TinyEmulator.RAM + 0x310;

  /** Where the guest keeps the sectors that it reads and writes. */
  static final long DATA = TinyEmulator.RAM + 0x1000;

  private final TinyEmulator machine;
  private int requests;

  TinyGuest(TinyEmulator machine) {
    this.machine = machine;
  }

  private void register(int offset, long value) {
    machine.store(DISK + offset, 4, value);
  }

  private long register(int offset) {
    return machine.load(DISK + offset, 4);
  }

  /** Finds the disk and sets it up; its size in sectors. */
  long boot() {
    if (register(0x00) != 0x74726976 || register(0x04) != 2 || register(0x08) != 2) {
      throw new IllegalStateException("no disk at this address");
    }
    register(0x70, 0);
    register(0x70, 1 | 2);
    register(0x24, 0);
    register(0x20, 1 << 9); // FLUSH
    register(0x24, 1);
    register(0x20, 1); // VERSION_1
    register(0x70, 1 | 2 | 8);
    if ((register(0x70) & 8) == 0) {
      throw new IllegalStateException("the disk does not take these features");
    }
    register(0x30, 0);
    register(0x38, SIZE);
    address(0x80, DESCRIPTORS);
    address(0x90, AVAILABLE);
    address(0xa0, USED);
    register(0x44, 1);
    register(0x70, 1 | 2 | 8 | 4);
    return machine.load(DISK + 0x100, 8);
  }

  private void address(int offset, long address) {
    register(offset, address & 0xffff_ffffL);
    register(offset + 4, address >>> 32);
  }

  /** Reads sectors to {@link #DATA}; the status. */
  int read(long sector, int count) throws InterruptedException {
    return request(0, sector, count * 512, WRITE);
  }

  /** Writes sectors from {@link #DATA}; the status. */
  int write(long sector, int count) throws InterruptedException {
    return request(1, sector, count * 512, 0);
  }

  /** Makes what was written durable; the status. */
  int flush() throws InterruptedException {
    return request(4, 0, 0, 0);
  }

  private int request(int type, long sector, int bytes, int direction) throws InterruptedException {
    machine.store(HEADER, 4, type);
    machine.store(HEADER + 4, 4, 0);
    machine.store(HEADER + 8, 8, sector);
    machine.store(STATUS, 1, 0xff);
    descriptor(0, HEADER, 16, NEXT, bytes > 0 ? 1 : 2);
    descriptor(1, DATA, bytes, NEXT | direction, 2);
    descriptor(2, STATUS, 1, WRITE, 0);
    machine.store(AVAILABLE + 4 + 2L * (requests % SIZE), 2, 0);
    requests++;
    machine.fence();
    machine.store(AVAILABLE + 2, 2, requests);
    machine.fence();
    if ((machine.load(USED, 2) & 1) == 0) {
      register(0x50, 0);
    }
    while (machine.load(USED + 2, 2) != (requests & 0xffff)) {
      machine.waitForInterrupt();
      register(0x64, register(0x60));
      machine.fence();
    }
    return (int) machine.load(STATUS, 1);
  }

  private void descriptor(int index, long address, int length, int flags, int next) {
    long at = DESCRIPTORS + 16L * index;
    machine.store(at, 8, address);
    machine.store(at + 8, 4, length);
    machine.store(at + 12, 2, flags);
    machine.store(at + 14, 2, next);
  }
}
