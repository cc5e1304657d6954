package dev.uring.ring;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The indices that this library registered with the calling thread, so that it gives them back: an
 * index keeps its ring alive, and only its thread can let go of it.
 *
 * <p>A ring that another thread closes keeps its index here until this thread registers another
 * ring, or ends.
 */
final class ThreadIndices {
  private static final ThreadLocal<List<ThreadIndex>> HELD =
      ThreadLocal.withInitial(ArrayList::new);

  private ThreadIndices() {}

  /** Registers a ring: the index, or minus an errno. */
  static int register(RingDescriptors ring) {
    giveBackClosed(ring);
    int index = ring.tryRegister();
    if (index >= 0) {
      hold(ring, index);
    }
    return index;
  }

  /** Holds an index that the kernel gave the ring when it was made. */
  static void hold(RingDescriptors ring, int index) {
    HELD.get().add(new ThreadIndex(ring, index));
  }

  /** Gives an index of a ring back: one, or minus an errno. */
  static int giveBack(RingDescriptors ring, int index) {
    HELD.get().remove(new ThreadIndex(ring, index));
    return ring.tryUnregister(index);
  }

  /** Gives all back that this thread has of a ring, which is about to be closed. */
  static void giveBackAll(RingDescriptors ring) {
    Iterator<ThreadIndex> held = HELD.get().iterator();
    while (held.hasNext()) {
      ThreadIndex one = held.next();
      if (one.ring() == ring) {
        held.remove();
        // An error would mean that it is given back already.
        int unused = ring.tryUnregister(one.number());
      }
    }
  }

  /** By way of an open ring: the number of a closed one may be anybody's. */
  private static void giveBackClosed(RingDescriptors open) {
    Iterator<ThreadIndex> held = HELD.get().iterator();
    while (held.hasNext()) {
      ThreadIndex one = held.next();
      if (one.ring().isClosed()) {
        held.remove();
        int unused = open.tryUnregister(one.number());
      }
    }
  }

  private record ThreadIndex(RingDescriptors ring, int number) {}
}
