package dev.uring.virtio;

/**
 * Makes a fault in a guest's memory known where it can be dealt with.
 *
 * <p>A page that was taken away, by truncating the file beneath, is noticed when it is touched: the
 * processor faults, what was to be stored is lost, what was to be loaded is anything, and HotSpot
 * remembers to throw an {@link InternalError}. Not there and then, though. Newer versions throw
 * when the thread next comes back from native code, older ones when it next comes back from certain
 * services of the virtual machine, wherever that happens to be; {@link #surface} goes and comes
 * back both ways. So who calls it after each look at such memory, and before anything else is done,
 * has the error there and in nobody else's books. One that was thrown earlier still may have left
 * the books of the queue half written, and has to end its loop ({@link QueueLoop}).
 */
final class GuestFault {
  private static final Object ANYTHING = new Object();

  /** Java versions of the second kind; the third long-term one is known to be of the first. */
  private static final boolean LATE = Runtime.version().feature() < 21;

  private static int none;

  private GuestFault() {}

  /**
   * Comes back from native code and, where only that helps, from making an array of arrays: of all
   * that compiled code leaves to the virtual machine each time this is the cheapest (0.1 µs and 16
   * bytes).
   *
   * @param canShrink whether memory that was touched before can have become shorter; otherwise
   *     nothing is made
   * @throws InternalError if it was not there
   */
  static void surface(boolean canShrink) {
    boolean unused = Thread.holdsLock(ANYTHING);
    if (LATE && canShrink) {
      // Its length is no constant, or the compiler would make it without help.
      byte[][] unusedArray = new byte[none][none];
    }
  }
}
