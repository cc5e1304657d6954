package dev.uring.vhostuser;

import dev.uring.disk.LoopPoller;
import dev.uring.virtio.BlockQueue;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at a loop's queues for a while before the loop sleeps, since to be woken costs more than
 * most requests take. Whether to is learned: each time that nothing came, twice as many sleeps
 * follow without, and each time that something did, half as many. So a guest that does nothing, or
 * on a machine without a processor to spare, costs next to nothing, and one that becomes quick is
 * looked at again within some thousand requests.
 */
final class QueuePolling implements LoopPoller {
  /** What a wake-up costs, and a guest that has been told takes to come back, about. */
  private static final long LOOK_NANOSECONDS = 40_000;

  private static final int MOST_SLEEPS_BETWEEN = 1024;

  private final List<BlockQueue> queues = new ArrayList<>();
  private final Runnable submit;

  /** So many sleeps follow the next look in vain, and so many are still to come. */
  private int sleepsBetween = 1;

  private int sleepsToCome;
  private boolean begun;

  /**
   * Polls no queue yet.
   *
   * @param submit has the kernel take what was added to the ring
   */
  QueuePolling(Runnable submit) {
    this.submit = submit;
  }

  /** Begins to look at a queue, which was started. */
  void add(BlockQueue queue) {
    queues.add(queue);
  }

  /** Ceases to. */
  void remove(BlockQueue queue) {
    queues.remove(queue);
  }

  /** Requests of a queue were begun outside of this. */
  void begun() {
    begun = true;
  }

  @Override
  public boolean findsWork() {
    if (queues.isEmpty()) {
      return false;
    }
    if (begun) {
      // What the page cache has is there as soon as it is submitted, and nobody need be told.
      begun = false;
      return true;
    }
    return (isIdle() && looksInTime()) || askToBeTold();
  }

  private boolean looksInTime() {
    if (sleepsToCome > 0) {
      sleepsToCome--;
      return false;
    }
    submit.run();
    long since = System.nanoTime();
    do {
      if (look()) {
        sleepsBetween = Math.max(sleepsBetween / 2, 1);
        return true;
      }
      Thread.onSpinWait();
    } while (System.nanoTime() - since < LOOK_NANOSECONDS);
    sleepsToCome = sleepsBetween;
    sleepsBetween = Math.min(2 * sleepsBetween, MOST_SLEEPS_BETWEEN);
    return false;
  }

  /** Whoever waits for the disk is woken by it. */
  private boolean isIdle() {
    for (int index = 0; index < queues.size(); index++) {
      if (queues.get(index).inFlight() > 0) {
        return false;
      }
    }
    return true;
  }

  private boolean look() {
    boolean found = false;
    for (int index = 0; index < queues.size(); index++) {
      found |= queues.get(index).look();
    }
    return found;
  }

  private boolean askToBeTold() {
    boolean found = false;
    for (int index = 0; index < queues.size(); index++) {
      found |= queues.get(index).process();
    }
    return found;
  }
}
