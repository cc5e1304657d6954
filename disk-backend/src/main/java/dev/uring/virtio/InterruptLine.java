package dev.uring.virtio;

/**
 * The wire from a device to an emulator's interrupt controller: a level, not an edge. It stays
 * raised across an acknowledgement if there is news by then, and after the last one it may be
 * lowered a moment later, by another thread.
 *
 * <p>Called by whichever thread changes it, never by two at once. It must not wait for a thread
 * that is in one of the device's methods, nor take a lock that such a thread holds: a device that
 * is being reset waits for its queues' threads, which call this.
 */
@FunctionalInterface
public interface InterruptLine {
  /** Raises or lowers the line. */
  void set(boolean raised);
}
