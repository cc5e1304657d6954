package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.virtio.GuestMemory;
import dev.uring.virtio.QueueSetup;
import org.jspecify.annotations.Nullable;

/**
 * What the front end has said of one ring. It serves while it is enabled and has all it needs: a
 * size, addresses, and a kick descriptor or the word that there is none. For the connection's
 * thread.
 */
final class VhostRing {
  private final VhostQueues queues;
  private final int index;

  private int size;
  private int base;
  private boolean addressed;
  private long descriptors;
  private long used;
  private long available;
  private boolean kickSaid;
  private @Nullable Descriptor kick;
  private boolean enabled;
  private boolean started;

  VhostRing(VhostQueues queues, int index) {
    this.queues = queues;
    this.index = index;
  }

  void setSize(int descriptorCount) {
    checkStopped("size");
    if (descriptorCount < 1
        || descriptorCount > queues.largestQueue()
        || Integer.bitCount(descriptorCount) != 1) {
      throw new VhostException(
          "ring "
              + index
              + " cannot have "
              + Integer.toUnsignedString(descriptorCount)
              + " entries: it is a power of two up to "
              + queues.largestQueue());
    }
    size = descriptorCount;
  }

  void setBase(int availableIndex) {
    checkStopped("base");
    base = availableIndex & 0xffff;
  }

  private void checkStopped(String what) {
    if (started) {
      throw new VhostException("the " + what + " of ring " + index + " is set while it runs");
    }
  }

  /**
   * Sets the front end's addresses of the three parts, which are looked up when the ring starts.
   */
  void setAddresses(long descriptorTable, long usedRing, long availableRing) {
    checkStopped("address");
    descriptors = descriptorTable;
    used = usedRing;
    available = availableRing;
    addressed = true;
  }

  /**
   * Sets what is read to learn of new requests.
   *
   * @param descriptor becomes the ring's; null if there is none and the ring is to be looked at
   */
  void setKick(@Nullable Descriptor descriptor) {
    stop();
    closeKick();
    kick = descriptor;
    kickSaid = true;
  }

  private void closeKick() {
    Descriptor before = kick;
    if (before != null) {
      before.close();
    }
    kick = null;
  }

  void setEnabled(boolean wanted) {
    enabled = wanted;
    if (!wanted) {
      stop();
    }
  }

  /** Starts the ring if it is to serve and does not. */
  void startIfDue(GuestMemory memory) {
    if (started || !enabled || !kickSaid || !addressed || size == 0) {
      return;
    }
    try {
      QueueSetup setup =
          QueueSetup.fresh(
              size,
              memory.guestAddress(descriptors),
              memory.guestAddress(available),
              memory.guestAddress(used));
      queues.start(index, setup, memory, kick);
    } catch (IllegalArgumentException | VhostException e) {
      throw new VhostException("ring " + index + " cannot start: " + e.getMessage(), e);
    }
    started = true;
  }

  /** Stops the ring, when all that was in flight has been given back. */
  void stop() {
    if (started) {
      started = false;
      base = queues.stop(index);
    }
  }

  /** Stops the ring as GET_VRING_BASE does, until it is given a kick again; where it got to. */
  int stopForGood() {
    stop();
    closeKick();
    kickSaid = false;
    return base;
  }

  /** Forgets the front end, after its queues were {@linkplain VhostQueues#release released}. */
  void forget() {
    closeKick();
  }
}
