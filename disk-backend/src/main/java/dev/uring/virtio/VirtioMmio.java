package dev.uring.virtio;

import dev.uring.disk.RawDisk;
import dev.uring.ring.UringException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A block device behind the registers of virtio over MMIO, version 2 (4.2), for emulators that map
 * registers into a guest.
 *
 * <p>The emulator gives the guest's memory and an interrupt line, and passes on what the guest
 * reads and writes at the {@value #REGISTER_BYTES} bytes of registers. Requests are served by
 * threads of the device's own, straight from and to the guest's memory; the line is raised by them.
 *
 * <p>No access of a guest throws, and none waits, but two that must: a reset, and a queue that is
 * taken back, return when what was in flight has ended, since the guest may use the memory for
 * something else from then on.
 *
 * <p>Any thread may call, several at once too.
 */
public final class VirtioMmio implements AutoCloseable {
  /** How many bytes of addresses the device takes. */
  public static final int REGISTER_BYTES = 0x200;

  private static final Logger LOGGER = System.getLogger(VirtioMmio.class.getName());
  private static final int REGISTER_VERSION = 2;

  /** A guest can break queues for ever; the log need not hear of it for ever. */
  private static final int MOST_WARNINGS = 10;

  /** "urng", as this device has no number of a vendor. */
  private static final int VENDOR = 0x676e7275;

  private final BlockDevice device;
  private final BlockQueues queues;
  private final MmioQueue[] registers;
  private final InterruptStatus interrupts;
  private final AtomicInteger status = new AtomicInteger();
  private final AtomicInteger warnings = new AtomicInteger();
  private final QueueEvents events = new Events();

  private volatile GuestMemory memory;
  private volatile boolean closed;
  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private long driverFeatures;
  private int queueSelect;

  private VirtioMmio(BlockDevice device, GuestMemory memory, InterruptLine line) {
    this.device = device;
    this.memory = memory;
    interrupts = new InterruptStatus(line);
    registers = new MmioQueue[device.options().queues()];
    for (int index = 0; index < registers.length; index++) {
      registers[index] = new MmioQueue();
    }
    queues = new BlockQueues(device, events::broken);
  }

  /**
   * A device that waits for its driver.
   *
   * @param disk stays the caller's to close, after this
   * @param memory where the guest's physical addresses lie
   * @param line told when the device interrupts and when it does no longer
   * @throws dev.uring.ring.UringException with cause and remedy if io_uring cannot be used here
   */
  public static VirtioMmio open(
      RawDisk disk, GuestMemory memory, InterruptLine line, BlockOptions options) {
    return new VirtioMmio(new BlockDevice(disk, options), memory, line);
  }

  /** The device behind the registers. */
  public BlockDevice device() {
    return device;
  }

  /**
   * The guest reads.
   *
   * @param offset from the first register, in bytes
   * @param width 1, 2, 4 or 8 bytes; registers are 4 wide, the configuration is read at any width
   * @return the value, zero-extended; zero for what is not there
   */
  public long read(long offset, int width) {
    if (offset >= MmioRegister.CONFIG) {
      long value = 0;
      for (int index = 0; index < Math.min(width, Long.BYTES); index++) {
        long at = offset - MmioRegister.CONFIG + index;
        value |= (long) device.readConfiguration(at) << (8 * index);
      }
      return value;
    }
    return width == Integer.BYTES && offset >= 0
        ? Integer.toUnsignedLong(readRegister((int) offset))
        : 0;
  }

  private int readRegister(int offset) {
    // These two are read at every interrupt: no lock.
    if (offset == MmioRegister.INTERRUPT_STATUS) {
      return interrupts.reasons();
    }
    if (offset == MmioRegister.STATUS) {
      return status.get();
    }
    synchronized (this) {
      return switch (offset) {
        case MmioRegister.MAGIC_VALUE -> MmioRegister.MAGIC;
        case MmioRegister.VERSION -> REGISTER_VERSION;
        case MmioRegister.DEVICE_ID -> MmioRegister.DEVICE_IS_BLOCK;
        case MmioRegister.VENDOR_ID -> VENDOR;
        case MmioRegister.DEVICE_FEATURES -> half(device.features(), deviceFeaturesSelect);
        case MmioRegister.QUEUE_SIZE_MAX -> selectsQueue() ? device.options().queueSize() : 0;
        case MmioRegister.QUEUE_READY -> selectsQueue() && registers[queueSelect].isReady() ? 1 : 0;
        // There is no shared memory, which is said by a length and a base of all ones.
        case MmioRegister.SHM_LEN_LOW,
            MmioRegister.SHM_LEN_HIGH,
            MmioRegister.SHM_BASE_LOW,
            MmioRegister.SHM_BASE_HIGH ->
            -1;
        case MmioRegister.CONFIG_GENERATION -> device.configurationGeneration();
        default -> 0;
      };
    }
  }

  private static int half(long features, int select) {
    return switch (select) {
      case 0 -> (int) features;
      case 1 -> (int) (features >>> 32);
      default -> 0;
    };
  }

  private boolean selectsQueue() {
    return Integer.compareUnsigned(queueSelect, registers.length) < 0;
  }

  /**
   * The guest writes. What makes no sense changes nothing.
   *
   * @param offset from the first register, in bytes
   * @param width 1, 2, 4 or 8 bytes; registers are 4 wide, the configuration is written at any
   *     width
   * @param value of which as many low bytes count as the width says
   */
  public void write(long offset, int width, long value) {
    if (closed) {
      return;
    }
    if (offset >= MmioRegister.CONFIG) {
      for (int index = 0; index < Math.min(width, Long.BYTES); index++) {
        long at = offset - MmioRegister.CONFIG + index;
        device.writeConfiguration(at, (int) (value >>> (8 * index)));
      }
    } else if (width == Integer.BYTES && offset >= 0) {
      writeRegister((int) offset, (int) value);
    }
  }

  private void writeRegister(int offset, int value) {
    // These two are written at every request: no lock.
    if (offset == MmioRegister.QUEUE_NOTIFY) {
      if (value >= 0 && value < registers.length && registers[value].isStarted()) {
        queues.kick(value);
      }
      return;
    }
    if (offset == MmioRegister.INTERRUPT_ACK) {
      interrupts.remove(value);
      return;
    }
    synchronized (this) {
      switch (offset) {
        case MmioRegister.DEVICE_FEATURES_SEL -> deviceFeaturesSelect = value;
        case MmioRegister.DRIVER_FEATURES_SEL -> driverFeaturesSelect = value;
        case MmioRegister.DRIVER_FEATURES -> takeFeatures(value);
        case MmioRegister.QUEUE_SEL -> queueSelect = value;
        case MmioRegister.STATUS -> writeStatus(value);
        default -> {
          if (selectsQueue()) {
            writeQueueRegister(registers[queueSelect], offset, value);
          }
        }
      }
    }
  }

  private void takeFeatures(int value) {
    if ((status.get() & DeviceStatus.FEATURES_OK) != 0) {
      return;
    }
    long bits = Integer.toUnsignedLong(value);
    if (driverFeaturesSelect == 0) {
      driverFeatures = (driverFeatures & ~0xffff_ffffL) | bits;
    } else if (driverFeaturesSelect == 1) {
      driverFeatures = (driverFeatures & 0xffff_ffffL) | bits << 32;
    }
  }

  private void writeQueueRegister(MmioQueue queue, int offset, int value) {
    if (offset == MmioRegister.QUEUE_READY) {
      setReady(queue, value == 1);
      return;
    }
    if (queue.isReady()) {
      return;
    }
    switch (offset) {
      case MmioRegister.QUEUE_SIZE -> queue.setSize(value);
      case MmioRegister.QUEUE_DESC_LOW -> queue.setDescriptors(value, false);
      case MmioRegister.QUEUE_DESC_HIGH -> queue.setDescriptors(value, true);
      case MmioRegister.QUEUE_DRIVER_LOW -> queue.setDriverArea(value, false);
      case MmioRegister.QUEUE_DRIVER_HIGH -> queue.setDriverArea(value, true);
      case MmioRegister.QUEUE_DEVICE_LOW -> queue.setDeviceArea(value, false);
      case MmioRegister.QUEUE_DEVICE_HIGH -> queue.setDeviceArea(value, true);
      default -> {}
    }
  }

  private void setReady(MmioQueue queue, boolean wanted) {
    if (wanted == queue.isReady()) {
      return;
    }
    queue.setReady(wanted);
    if (wanted) {
      startIfDue(queueSelect);
    } else if (queue.isStarted()) {
      queue.setStarted(false);
      patiently(() -> queues.stop(queueSelect));
    }
  }

  private void writeStatus(int value) {
    if ((value & 0xff) == 0) {
      reset();
      return;
    }
    int bits = value & ~DeviceStatus.NEEDS_RESET & 0xff;
    if ((bits & DeviceStatus.FEATURES_OK) != 0
        && (status.get() & DeviceStatus.FEATURES_OK) == 0
        && !(VirtioFeature.VERSION_1.isIn(driverFeatures) && device.negotiate(driverFeatures))) {
      bits &= ~DeviceStatus.FEATURES_OK;
    }
    int added = bits;
    // Bits are only ever added, but by a reset (2.1.1).
    int now = status.updateAndGet(before -> before | added);
    if ((now & DeviceStatus.FEATURES_OK) == 0) {
      // A driver that goes on without having been understood is not served.
      now = status.updateAndGet(before -> before & ~DeviceStatus.DRIVER_OK);
    }
    for (int index = 0; index < registers.length; index++) {
      startIfDue(index);
    }
  }

  private void startIfDue(int index) {
    MmioQueue queue = registers[index];
    if ((status.get() & DeviceStatus.DRIVER_OK) != 0 && queue.isReady() && !queue.isStarted()) {
      QueueSetup setup = queue.setup();
      if (setup.size() > device.options().queueSize()) {
        events.broken("a queue of " + setup.size() + " descriptors, more than were offered");
        return;
      }
      queue.setStarted(true);
      patiently(() -> queues.start(index, setup, memory, events));
    }
  }

  private void reset() {
    queues.stopAll();
    patiently(queues::revive);
    for (MmioQueue queue : registers) {
      queue.reset();
    }
    device.reset();
    deviceFeaturesSelect = 0;
    driverFeaturesSelect = 0;
    driverFeatures = 0;
    queueSelect = 0;
    status.set(0);
    interrupts.remove(-1);
  }

  /** A guest's access does not throw: what failed shows as a device in need of a reset. */
  private void patiently(Runnable action) {
    try {
      action.run();
    } catch (CompletionException | UringException e) {
      events.broken(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The guest's memory comes to lie elsewhere, or there is more or less of it.
   *
   * @return completes when no queue uses the map before any more: what it had and the new one has
   *     not may then be closed
   */
  public CompletableFuture<Void> changeMemory(GuestMemory next) {
    synchronized (this) {
      memory = next;
      return queues.changeMemory(next);
    }
  }

  /** The threads that serve the queues, for those who measure them. */
  public List<Thread> threads() {
    return queues.threads();
  }

  /**
   * Finishes what is in flight, flushes, and ends the threads. The registers then read as those of
   * a device that needs a reset. A second call does nothing.
   *
   * @throws dev.uring.ring.UringException if the last flush failed: acknowledged writes that the
   *     guest had not flushed may be lost
   */
  @Override
  public void close() {
    closed = true;
    int error = queues.stop();
    status.updateAndGet(value -> value | DeviceStatus.NEEDS_RESET);
    if (error != 0) {
      throw new UringException("the last flush of " + device, error);
    }
  }

  @Override
  public String toString() {
    return "VirtioMmio[" + device + ", status " + status.get() + "]";
  }

  /** What the queues' threads tell. */
  private final class Events implements QueueEvents {
    @Override
    public void notifyDriver() {
      interrupts.add(InterruptStatus.USED_BUFFER);
    }

    @Override
    public void broken(String reason) {
      if (warnings.getAndIncrement() < MOST_WARNINGS) {
        LOGGER.log(Level.WARNING, "{0}: the guest broke a queue: {1}", device.disk(), reason);
      }
      status.updateAndGet(value -> value | DeviceStatus.NEEDS_RESET);
      if ((status.get() & DeviceStatus.DRIVER_OK) != 0) {
        interrupts.add(InterruptStatus.CONFIGURATION);
      }
    }
  }
}
