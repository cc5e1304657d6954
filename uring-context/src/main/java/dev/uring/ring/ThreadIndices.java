package dev.uring.ring;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The indices of a ring that this library registered with threads, so that they are given back: an
 * index keeps its ring alive, and only its thread can let go of it.
 *
 * <p>What a thread holds is noted with the thread, and until the kernel says that it let go. Where
 * another thread closed the ring that is when the thread next registers one, or ends.
 */
final class ThreadIndices {
  /**
   * The rings by index. Weakly, and in nothing of this library's: a thread outlives what used it.
   */
  private static final ThreadLocal<List<@Nullable WeakReference<RegisterCaller>>> HELD =
      new ThreadLocal<>();

  private final RingDescriptors descriptors;
  private final RegisterCaller ring;
  private final WeakReference<RegisterCaller> weakly;

  ThreadIndices(RingDescriptors descriptors, RegisterCaller ring) {
    this.descriptors = descriptors;
    this.ring = ring;
    this.weakly = new WeakReference<>(ring);
  }

  private static List<@Nullable WeakReference<RegisterCaller>> heldFromNow() {
    List<@Nullable WeakReference<RegisterCaller>> held = HELD.get();
    if (held == null) {
      held = new ArrayList<>(Collections.nCopies(RingDescriptors.MOST, null));
      HELD.set(held);
    }
    return held;
  }

  private static @Nullable WeakReference<RegisterCaller> held(int index) {
    List<@Nullable WeakReference<RegisterCaller>> held = HELD.get();
    return held == null ? null : held.get(index);
  }

  /** Registers the ring with the calling thread: the index, or minus an errno. */
  int register() {
    List<@Nullable WeakReference<RegisterCaller>> held = heldFromNow();
    int index = descriptors.tryRegister();
    if (index >= 0) {
      held.set(index, weakly);
    }
    return index;
  }

  /** Holds an index that the kernel gave the ring when it was made by the calling thread. */
  void hold(int index) {
    heldFromNow().set(index, weakly);
    giveBackClosed();
  }

  /** Whether the ring has this index in the calling thread. */
  boolean has(int index) {
    WeakReference<RegisterCaller> noted = held(index);
    return noted != null && noted.refersTo(ring);
  }

  /** Gives an index of the calling thread back by way of this ring: one, or minus an errno. */
  int giveBack(int index) {
    int result = descriptors.tryUnregister(index);
    List<@Nullable WeakReference<RegisterCaller>> held = HELD.get();
    if (result == 1 && held != null) {
      held.set(index, null);
    }
    return result;
  }

  /** Gives all back that the calling thread has of the ring, which is about to be closed. */
  void giveBackAll() {
    for (int index = 0; index < RingDescriptors.MOST; index++) {
      if (has(index)) {
        // What fails stays noted.
        int unused = giveBack(index);
      }
    }
  }

  /** Gives those of closed rings back, by way of this one: their numbers may be anybody's. */
  void giveBackClosed() {
    for (int index = 0; index < RingDescriptors.MOST; index++) {
      WeakReference<RegisterCaller> noted = held(index);
      if (noted != null) {
        RegisterCaller other = noted.get();
        if (other == null || other.isClosed()) {
          int unused = giveBack(index);
        }
      }
    }
  }
}
