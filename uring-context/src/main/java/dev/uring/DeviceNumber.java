package dev.uring;

/**
 * A device as the kernel numbers it.
 *
 * @param major the driver
 * @param minor the device among the driver's
 */
public record DeviceNumber(int major, int minor) {
  /** Both numbers as {@code /sys/dev/block} writes them. */
  @Override
  public String toString() {
    return Integer.toUnsignedString(major) + ":" + Integer.toUnsignedString(minor);
  }
}
