package dev.uring.virtio;

/** What the driver has said of one queue through the registers. */
final class MmioQueue {
  private int size;
  private long descriptors;
  private long driverArea;
  private long deviceArea;
  private boolean ready;
  private volatile boolean started;

  void reset() {
    size = 0;
    descriptors = 0;
    driverArea = 0;
    deviceArea = 0;
    ready = false;
    started = false;
  }

  boolean isReady() {
    return ready;
  }

  void setReady(boolean wanted) {
    ready = wanted;
  }

  boolean isStarted() {
    return started;
  }

  void setStarted(boolean is) {
    started = is;
  }

  void setSize(int descriptorCount) {
    size = descriptorCount;
  }

  void setDescriptors(int value, boolean high) {
    descriptors = half(descriptors, value, high);
  }

  void setDriverArea(int value, boolean high) {
    driverArea = half(driverArea, value, high);
  }

  void setDeviceArea(int value, boolean high) {
    deviceArea = half(deviceArea, value, high);
  }

  private static long half(long address, int value, boolean high) {
    long bits = Integer.toUnsignedLong(value);
    return high ? (address & 0xffff_ffffL) | bits << 32 : (address & ~0xffff_ffffL) | bits;
  }

  QueueSetup setup() {
    return QueueSetup.fresh(size, descriptors, driverArea, deviceArea);
  }
}
