package dev.uring.virtio;

/**
 * One split virtqueue from the device's side: takes heads from the available ring, gives them back
 * through the used ring, and asks for no more notifications, and gives no more, than are needed
 * (2.7.7, 2.7.10). For one thread.
 *
 * <p>A head that was taken counts as outstanding until its used element was {@linkplain #publish
 * published}: no driver has more of them than the queue has descriptors.
 */
final class VirtQueue {
  private static final int INDEX_MASK = 0xffff;

  private final boolean eventIndex;
  private SplitRing ring;

  /** The next available element to take. */
  private int next;

  /** The available index as it was read last. */
  private int seen;

  private int used;
  private int published;
  private int outstanding;

  /**
   * A queue that goes on where the setup says.
   *
   * @param eventIndex whether VIRTIO_F_EVENT_IDX was negotiated
   */
  VirtQueue(SplitRing ring, boolean eventIndex, int availableIndex, int usedIndex) {
    this.ring = ring;
    this.eventIndex = eventIndex;
    next = availableIndex & INDEX_MASK;
    seen = next;
    used = usedIndex & INDEX_MASK;
    published = used;
  }

  SplitRing ring() {
    return ring;
  }

  /** The same queue in another map of the guest's memory. */
  void setRing(SplitRing moved) {
    ring = moved;
  }

  /** The next available element to take. */
  int availableIndex() {
    return next;
  }

  /** Whether there is nothing to take, as far as a look without any check can tell. */
  boolean isEmpty() {
    return ring.availableIndex() == next;
  }

  /** How many heads were taken and not published as used. */
  int outstanding() {
    return outstanding;
  }

  /**
   * Takes the next available head, whose value is the driver's and unchecked.
   *
   * @return 0 to 65535, or -1 if there is none
   * @throws BrokenQueueException if there are more than there can be
   */
  int pop() {
    if (next == seen) {
      int index = ring.availableIndex();
      int waiting = (index - next) & INDEX_MASK;
      if (waiting == 0) {
        return -1;
      }
      if (waiting > ring.size() - outstanding) {
        throw new BrokenQueueException(
            "the available index says that "
                + waiting
                + " chains wait besides "
                + outstanding
                + " in use, in a queue of "
                + ring.size());
      }
      seen = index;
    }
    int head = ring.availableHead(next);
    next = (next + 1) & INDEX_MASK;
    outstanding++;
    return head;
  }

  /** Gives a head back, not yet to be seen by the driver. */
  void push(int head, int written) {
    ring.putUsed(used, head, written);
    used = (used + 1) & INDEX_MASK;
  }

  /** Shows the driver what was pushed; whether it wants to be told. */
  boolean publish() {
    int count = (used - published) & INDEX_MASK;
    if (count == 0) {
      return false;
    }
    ring.releaseUsedIndex(used);
    outstanding -= count;
    published = used;
    MemoryOrder.fullFence();
    if (!eventIndex) {
      return !ring.driverIsQuiet();
    }
    // Told if the index passed the driver's event: vring_need_event in 2.7.10.
    return ((used - ring.usedEvent() - 1) & INDEX_MASK) < count;
  }

  /** Tells the driver that nobody need be told of more: this side is looking anyway. */
  void suppressKicks() {
    // With EVENT_IDX the event stays where it was: once passed, the driver says nothing more.
    if (!eventIndex) {
      ring.setUsedFlags(SplitRing.FLAG_QUIET);
    }
  }

  /**
   * Asks to be told of more, before this side stops looking.
   *
   * @return whether there is more already, of which the driver may not have told
   */
  boolean enableKicks() {
    if (eventIndex) {
      ring.setAvailEvent(next);
    } else {
      ring.setUsedFlags(0);
    }
    MemoryOrder.fullFence();
    return ring.availableIndex() != next;
  }
}
