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
  private final int place;
  private final int fd;
  private final int entryFlags;
  private volatile int events;

  /**
   * @param entryFlags what {@code fd} needs, and what the allowlist demands
   */
  LevelPoll(SubmitRing submit, int place, int fd, int entryFlags, int events) {
    this.submit = submit;
    this.place = place;
    this.fd = fd;
    this.entryFlags = entryFlags;
    this.events = events;
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
