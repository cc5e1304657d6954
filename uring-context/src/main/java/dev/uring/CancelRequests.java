package dev.uring;

import dev.uring.ring.PollRequests;
import dev.uring.ring.SubmissionEntry;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Cancelling, of a {@link URingContext}. A cancel has a completion of its own, and so has what it
 * cancelled; memory is held until the latter.
 *
 * <p>User data is the caller's and may stand twice: the requests that carry it are looked up in the
 * in-flight table, which takes time with its size. One that ended before the kernel got to cancel
 * it is passed over for the next.
 */
public final class CancelRequests {
  private static final int ENOENT = 2;

  /** A token that no request has. */
  private static final long NO_REQUEST = 0xFFFF_FFFDL;

  private final SubmitRing submit;
  private final InFlightTable table;

  CancelRequests(SubmitRing submit, InFlightTable table) {
    this.submit = submit;
    this.table = table;
  }

  /** How a request that seeks another by its token is written into an entry. */
  interface Seeker {
    /** Fills the entry for a target. Nothing that can fail: a place and an entry are taken. */
    void fill(InFlightRequest request, SubmissionEntry entry, long targetToken);
  }

  void one(long target, long userData) {
    seek(
        target,
        userData,
        0,
        (request, entry, token) -> {
          endLevel(token);
          PollRequests.cancel(entry, token);
        });
  }

  void removePoll(long target, long userData) {
    seek(
        target,
        userData,
        0,
        (request, entry, token) -> {
          endLevel(token);
          PollRequests.pollRemove(entry, token);
        });
  }

  /** A poll that reports while something is true is not in the kernel while it has reported. */
  private @Nullable LevelPoll level(long token) {
    int place = table.find(token);
    Intercept intercept = place == InFlightTable.NONE ? null : table.intercept(place, token);
    return intercept instanceof LevelPoll level ? level : null;
  }

  private void endLevel(long token) {
    LevelPoll level = level(token);
    if (level != null) {
      level.end();
    }
  }

  private boolean isEndingLevel(long token) {
    LevelPoll level = level(token);
    return level != null && level.isEnding();
  }

  void updatePoll(long target, int events, long userData) {
    seek(
        target,
        userData,
        0,
        (request, entry, token) -> {
          LevelPoll level = level(token);
          if (level != null) {
            level.events(events);
          }
          PollRequests.pollUpdate(entry, token, events);
        });
  }

  /**
   * Cancels every request that was added with this user data, by {@code context.cancels().all(1,
   * 2)}. The result is how many there were to cancel. 5.5.
   *
   * @throws RingFullException if there is no room for one cancel each; then none was made
   */
  public void all(long target, long userData) {
    submit.enterToCancel();
    try {
      int matches = 0;
      int match = table.match(target, 0, InFlightTable.NONE);
      while (match != InFlightTable.NONE) {
        matches++;
        match = table.match(target, match + 1, InFlightTable.NONE);
      }
      // Of none, one cancel that finds nothing: every allowlist permits it, which a nop is not.
      int cancels = Math.max(matches, 1);
      if (table.room() < cancels) {
        throw new RingFullException(table.places());
      }
      addAll(target, userData, cancels);
    } finally {
      submit.leaveCancelling();
    }
  }

  private void addAll(long target, long userData, int matches) {
    long[] tokens = new long[matches];
    int from = 0;
    for (int index = 0; index < matches; index++) {
      int match = table.match(target, from, InFlightTable.NONE);
      tokens[index] = match == InFlightTable.NONE ? NO_REQUEST : table.token(match);
      from = match == InFlightTable.NONE ? table.places() : match + 1;
    }
    Together group = new Together(matches);
    Intercept sure = (result, flags) -> group.completed(0, flags);
    for (long token : tokens) {
      int place = submit.begin(userData);
      endLevel(token);
      submit.hold(place).intercept = isEndingLevel(token) ? sure : group;
      PollRequests.cancel(submit.entry(), token);
      submit.end();
    }
  }

  /** Of several cancels only the last reports, with how many found something. */
  private static final class Together implements Intercept {
    private final AtomicInteger pending;
    private final AtomicInteger found = new AtomicInteger();

    Together(int count) {
      pending = new AtomicInteger(count);
    }

    @Override
    public long completed(int result, int flags) {
      if (result != -ENOENT) {
        found.incrementAndGet();
      }
      return pending.decrementAndGet() == 0 ? found.get() : DROPPED;
    }
  }

  /**
   * Cancels one request on a descriptor or slot, by {@code context.cancels().oneOf(socket, 2)}. The
   * result is 0, -ENOENT or -EALREADY; a poll of the mode {@link PollMode#LEVEL} that has just
   * reported is not found, but by its user data. 5.19.
   */
  public void oneOf(Target target, long userData) {
    byTarget(target, 0, userData);
  }

  /**
   * Cancels every request on a descriptor or slot, by {@code context.cancels().allOf(socket, 2)}.
   * The result is how many there were; a poll of the mode {@link PollMode#LEVEL} that has just
   * reported ends, too, and is not counted. 5.19.
   */
  public void allOf(Target target, long userData) {
    byTarget(target, PollRequests.CANCEL_ALL, userData);
  }

  private void byTarget(Target target, int flags, long userData) {
    submit.enterToCancel();
    try {
      int number = addByTarget(target, flags, userData);
      if (flags == PollRequests.CANCEL_ALL) {
        boolean slot = target instanceof FixedFile;
        endLevels(level -> level.isOf(number, slot));
      }
    } finally {
      submit.leaveCancelling();
    }
  }

  private void endLevels(Predicate<LevelPoll> which) {
    table.forEachIntercept(
        intercept -> {
          if (intercept instanceof LevelPoll level && which.test(level)) {
            level.end();
          }
        });
  }

  /** The number of the target. */
  private int addByTarget(Target target, int flags, long userData) {
    submit.begin(target, userData);
    int number = submit.fd();
    int kind = target instanceof FixedFile ? PollRequests.CANCEL_FD_FIXED : 0;
    PollRequests.cancelMatching(submit.entry(), number, flags | PollRequests.CANCEL_FD | kind);
    submit.endNamingTarget();
    return number;
  }

  /**
   * Cancels everything that is in flight, by {@code context.cancels().everything(2)}. The result is
   * how many there were, polls of the mode {@link PollMode#LEVEL} that have just reported left out.
   * 5.19.
   */
  public void everything(long userData) {
    submit.enterToCancel();
    try {
      submit.begin(userData);
      PollRequests.cancelMatching(
          submit.entry(), -1, PollRequests.CANCEL_ANY | PollRequests.CANCEL_ALL);
      submit.end();
      endLevels(level -> true);
    } finally {
      submit.leaveCancelling();
    }
  }

  /** Adds a request that names another by its user data, trying one match after the other. */
  void seek(long target, long userData, int pieces, Seeker seeker) {
    submit.enterToCancel();
    try {
      addSearch(target, userData, pieces, seeker);
    } finally {
      submit.leaveCancelling();
    }
  }

  private void addSearch(long target, long userData, int pieces, Seeker seeker) {
    Search search = new Search(target, seeker);
    int place = submit.begin(pieces, userData);
    submit.hold(place).intercept = search;
    search.first(place, submit.entry());
    submit.end();
  }

  private final class Search implements Intercept {
    private final long target;
    private final Seeker seeker;
    private int place;
    private int from;

    /** Whether it is a poll that has reported, and ends though the kernel does not find it. */
    private boolean ends;

    /** Made before its request is begun, after which there may be no memory for it. */
    Search(long target, Seeker seeker) {
      this.target = target;
      this.seeker = seeker;
    }

    /** Its request has been begun, and seeks the first match. */
    void first(int itsPlace, SubmissionEntry entry) {
      place = itsPlace;
      fill(entry);
    }

    private void fill(SubmissionEntry entry) {
      long token = nextToken();
      seeker.fill(table.request(place), entry, token);
      ends = isEndingLevel(token);
    }

    private long nextToken() {
      int match = table.match(target, from, place);
      from = match == InFlightTable.NONE ? table.places() : match + 1;
      return match == InFlightTable.NONE ? NO_REQUEST : table.token(match);
    }

    @Override
    public long completed(int result, int flags) {
      if (result != -ENOENT) {
        return result;
      }
      if (ends) {
        return 0;
      }
      if (table.match(target, from, place) == InFlightTable.NONE) {
        return result;
      }
      submit.later(this::again);
      return KEPT;
    }

    private void again(SubmissionEntry entry) {
      fill(entry);
      entry.flags(submit.requiredFlags());
      submit.signAgain(entry, place);
    }
  }
}
