package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.PollRequests;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.sys.Errno;

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
  private long token;
  private volatile int events;

  /** Somebody cancels it, which the kernel may not know of: it does not while it has reported. */
  private volatile boolean ending;

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
  void isFor(int itsPlace, long itsToken, int number, int flags) {
    place = itsPlace;
    token = itsToken;
    fd = number;
    entryFlags = flags;
  }

  /** What to wait for from the next time on. */
  void events(int changed) {
    events = changed;
  }

  /** Whatever it reports next is its last. */
  void end() {
    ending = true;
  }

  /** What stands, or stood, in its entry. */
  long token() {
    return token;
  }

  /** Whether it is of this number, as a descriptor or as a slot. */
  boolean isOf(int number, boolean slot) {
    return fd == number && slot == ((entryFlags & EntryFlag.FIXED_FILE.mask()) != 0);
  }

  @Override
  public long completed(int result, int flags) {
    if (ending) {
      return -Errno.ECANCELED;
    }
    if (result < 0 || submit.isClosing()) {
      return result;
    }
    submit.later(this::again);
    return Intercept.goesOn(result);
  }

  private void again(SubmissionEntry entry) {
    if (ending) {
      // Something that completes at once.
      RingRequests.nop(entry);
    } else {
      PollRequests.pollAdd(entry, fd, events, 0).flags(entryFlags);
    }
    submit.signAgain(entry, place);
  }
}
