package dev.uring;

import dev.uring.ring.PollRequests;
import dev.uring.ring.SubmissionEntry;

/**
 * A poll that reports for as long as something is true. The kernel's header has a flag for it,
 * which every kernel so far refuses; so it is a poll that reports once, and is made again by
 * whoever submits next.
 */
final class LevelPoll implements Intercept {
  private final SubmitRing submit;
  private int place;
  private int fd;
  private int entryFlags;
  private volatile int events;

  /** Made before its request is begun, after which there may be no memory for it. */
  LevelPoll(SubmitRing submit, int events) {
    this.submit = submit;
    this.events = events;
  }

  /**
   * Its request has been begun, and the kernel does not know it yet.
   *
   * @param flags what {@code number} needs, and what the allowlist demands
   */
  void isFor(int itsPlace, int number, int flags) {
    place = itsPlace;
    fd = number;
    entryFlags = flags;
  }

  /** What to wait for from the next time on. */
  void events(int changed) {
    events = changed;
  }

  @Override
  public long completed(int result, int flags) {
    if (result < 0 || submit.isClosing()) {
      return result;
    }
    submit.later(this::again);
    return Intercept.goesOn(result);
  }

  private void again(SubmissionEntry entry) {
    PollRequests.pollAdd(entry, fd, events, 0).flags(entryFlags);
    submit.signAgain(entry, place);
  }
}
