package dev.uring.virtio;

/**
 * Makes a fault in a guest's memory known where it can be dealt with.
 *
 * <p>A page that was taken away, by truncating the file beneath, is noticed when it is touched: the
 * processor faults, what was to be stored is lost, what was to be loaded is anything, and HotSpot
 * remembers to throw an {@link InternalError}. Not there and then, though: newer versions when the
 * thread next comes back from native code, which {@link #surface} sees to, Java 17 at its next
 * safepoint, which nobody can ask for. What comes so late ends the loop ({@link QueueLoop}), and a
 * reset begins another. Until then only the guest's own bytes are wrong.
 */
final class GuestFault {
  private static final Object ANYTHING = new Object();

  private GuestFault() {}

  /**
   * Comes back from native code.
   *
   * @throws InternalError if memory that was touched before was not there
   */
  static void surface() {
    // The cheapest method of the platform that is native and not replaced by compiled code.
    boolean unused = Thread.holdsLock(ANYTHING);
  }
}
