package dev.uring.virtio;

/**
 * Where a driver put a queue, as physical addresses of the guest.
 *
 * @param size number of descriptors, a power of two from 1 to 32768
 * @param descriptors the descriptor table, 16 bytes an entry
 * @param driverArea the available ring
 * @param deviceArea the used ring
 * @param availableIndex which available element comes first; zero but for a queue that was stopped
 *     and goes on
 * @param usedIndex which used element is written first; likewise, or {@link #AS_THE_RING_SAYS}
 */
public record QueueSetup(
    int size,
    long descriptors,
    long driverArea,
    long deviceArea,
    int availableIndex,
    int usedIndex) {
  /** The largest queue there can be (2.7). */
  public static final int MAXIMUM_SIZE = 32_768;

  /** The used ring's own index is where the device goes on. */
  public static final int AS_THE_RING_SAYS = -1;

  /** A queue that begins at its first element. */
  public static QueueSetup fresh(int size, long descriptors, long driverArea, long deviceArea) {
    return new QueueSetup(size, descriptors, driverArea, deviceArea, 0, 0);
  }

  /**
   * A queue of somebody who has used it before: it goes on behind the last element that was given
   * back, as its used ring says. Elements that were taken by then and not given back are taken
   * again.
   *
   * @param queue where it lies; its indices do not count
   * @throws IllegalArgumentException if no queue can be there, or its memory is gone
   */
  public static QueueSetup resumed(QueueSetup queue, GuestMemory memory) {
    try {
      int used = new SplitRing(queue, memory).usedIndex();
      memory.surfaceFault();
      return new QueueSetup(
          queue.size, queue.descriptors, queue.driverArea, queue.deviceArea, used, used);
    } catch (InternalError e) {
      throw new IllegalArgumentException(
          "the memory of the queue is not there any more: " + e.getMessage(), e);
    }
  }

  /** Whether a number of descriptors makes a split queue. */
  static boolean isSize(int size) {
    return size >= 1 && size <= MAXIMUM_SIZE && Integer.bitCount(size) == 1;
  }
}
