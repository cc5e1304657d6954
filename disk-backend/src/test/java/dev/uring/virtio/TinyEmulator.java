package dev.uring.virtio;

import dev.uring.disk.RawDisk;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * As much of an emulator as a disk needs: RAM, a bus, one interrupt line, and a processor that
 * stands still until it is interrupted. What a real emulator has to add to itself is what is done
 * here with the {@link VirtioMmio}: hand over the RAM, hand over the line, pass registers on.
 */
final class TinyEmulator implements AutoCloseable {
  static final long RAM = 0x8000_0000L;
  static final long DISK = 0x1000_1000L;

  private final ByteBuffer ram;
  private final VirtioMmio disk;

  /** The processor's own, and nothing that a device could have to wait for. */
  private final Object processor = new Object();

  private boolean interrupted;

  TinyEmulator(RawDisk image, int ramBytes) {
    ram = ByteBuffer.allocateDirect(ramBytes).order(ByteOrder.LITTLE_ENDIAN);
    disk =
        VirtioMmio.open(
            image,
            GuestMemory.of(GuestRegion.of(RAM, ram)),
            this::interrupt,
            BlockOptions.defaults());
  }

  private static boolean isDisk(long address) {
    return address >= DISK && address < DISK + VirtioMmio.REGISTER_BYTES;
  }

  /** The processor loads 1, 2, 4 or 8 bytes. */
  long load(long address, int width) {
    if (isDisk(address)) {
      return disk.read(address - DISK, width);
    }
    int at = (int) (address - RAM);
    return switch (width) {
      case 1 -> Byte.toUnsignedLong(ram.get(at));
      case 2 -> Short.toUnsignedLong(ram.getShort(at));
      case 4 -> Integer.toUnsignedLong(ram.getInt(at));
      default -> ram.getLong(at);
    };
  }

  /** The processor stores 1, 2, 4 or 8 bytes. */
  void store(long address, int width, long value) {
    if (isDisk(address)) {
      disk.write(address - DISK, width, value);
      return;
    }
    int at = (int) (address - RAM);
    switch (width) {
      case 1 -> ram.put(at, (byte) value);
      case 2 -> ram.putShort(at, (short) value);
      case 4 -> ram.putInt(at, (int) value);
      default -> ram.putLong(at, value);
    }
  }

  /** The processor's fence, on which both sides of a ring rely. */
  void fence() {
    VarHandle.fullFence();
  }

  private void interrupt(boolean raised) {
    synchronized (processor) {
      interrupted = raised;
      processor.notifyAll();
    }
  }

  /** The processor stands still for as long as nobody interrupts it. */
  void waitForInterrupt() throws InterruptedException {
    synchronized (processor) {
      while (!interrupted) {
        processor.wait();
      }
    }
  }

  @Override
  public void close() {
    disk.close();
  }
}
