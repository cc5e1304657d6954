package dev.uring;

import dev.uring.sys.BlockDeviceCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What a block device says of itself, by {@code ioctl} and by {@code /sys} (kernel documentation,
 * {@code ABI/stable/sysfs-block}). Sizes are in bytes. What {@code /sys} tells is empty where that
 * cannot be read.
 *
 * @param size the device's size
 * @param logicalBlockSize the smallest transfer; direct I/O is aligned to it
 * @param physicalBlockSize the smallest transfer that costs no reading before
 * @param isReadOnly whether the device refuses writes, whatever its node's permissions are
 * @param discardGranularity what discards should be aligned to; 0 if the device has none
 * @param discardMaximum the largest discard; 0 if the device has none
 */
public record BlockDeviceFacts(
    long size,
    int logicalBlockSize,
    int physicalBlockSize,
    boolean isReadOnly,
    OptionalLong discardGranularity,
    OptionalLong discardMaximum) {

  /**
   * Asks a device.
   *
   * @param device an open block device; it stays the caller's to close
   * @throws dev.uring.ring.UringException if the kernel refuses: {@code ENOTTY} for anything else
   *     than a block device
   * @throws IllegalStateException if the descriptor is closed
   */
  public static BlockDeviceFacts of(Descriptor device) {
    Path queue = queue(device.status().specialDevice());
    int fd = device.acquire();
    try {
      return new BlockDeviceFacts(
          Calls.check("ioctl(BLKGETSIZE64)", BlockDeviceCalls.size(fd)),
          (int) Calls.check("ioctl(BLKSSZGET)", BlockDeviceCalls.logicalBlockSize(fd)),
          (int) Calls.check("ioctl(BLKPBSZGET)", BlockDeviceCalls.physicalBlockSize(fd)),
          Calls.check("ioctl(BLKROGET)", BlockDeviceCalls.isReadOnly(fd)) != 0,
          number(queue.resolve("discard_granularity")),
          number(queue.resolve("discard_max_bytes")));
    } finally {
      device.release();
    }
  }

  /** The directory of the device's request queue; a partition's is its whole device's. */
  private static Path queue(DeviceNumber number) {
    Path device = Path.of("/sys/dev/block/" + number);
    Path own = device.resolve("queue");
    return Files.isDirectory(own) ? own : device.resolve("../queue");
  }

  private static OptionalLong number(Path file) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(file).trim()));
    } catch (IOException | NumberFormatException e) {
      // A sandbox without /sys, or an older kernel: unknown, which the type can say.
      return OptionalLong.empty();
    }
  }
}
