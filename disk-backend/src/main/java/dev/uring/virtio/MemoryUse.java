package dev.uring.virtio;

import org.jspecify.annotations.Nullable;

/**
 * One queue's use of a map of memory: how many requests in flight still have addresses of it. When
 * the queue has gone over to another map and the last of them has ended, the queue has passed its
 * quiescent point. For the queue's thread.
 */
final class MemoryUse {
  private final GuestMemory memory;
  private int requests;
  private @Nullable Runnable released;

  MemoryUse(GuestMemory memory) {
    this.memory = memory;
  }

  GuestMemory memory() {
    return memory;
  }

  void enter() {
    requests++;
  }

  void leave() {
    requests--;
    check();
  }

  /** No request will enter any more; the action runs when the last one has left. */
  void retire(Runnable action) {
    released = action;
    check();
  }

  private void check() {
    Runnable action = released;
    if (requests == 0 && action != null) {
      released = null;
      action.run();
    }
  }
}
