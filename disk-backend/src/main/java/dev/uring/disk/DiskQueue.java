package dev.uring.disk;

/**
 * One loop's way to a disk. For the loop's thread only.
 *
 * <p>Requests complete in any order. Who wants one after the other waits for the first.
 */
public interface DiskQueue {
  /**
   * Starts a request, or keeps it until there is room: nothing is refused for being too many. The
   * caller has checked that the range lies inside the disk, and that it may be written.
   */
  void submit(DiskRequest request);

  /** How many requests have been submitted and not completed. */
  int inFlight();
}
