package dev.uring;

import dev.uring.ring.PollRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.sys.Errno;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Cancelling, of a {@link URingContext}. A cancel has a completion of its own, and so has what it
 * cancelled; memory is held until the latter.
 *
 * <p>User data is the caller's and may stand twice: the requests that carry it are looked up in the
 * in-flight table, which takes time with its size. One that ended before the kernel got to cancel
 * it is passed over for the next. Source: {@code io_uring_enter(2)}, {@code
 * IORING_OP_ASYNC_CANCEL}.
 */
public final class CancelRequests {
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
    Seeker cancel = (request, entry, token) -> PollRequests.cancel(entry, token);
    seek(userData, 0, new Search(target, cancel, OnLevel.END));
  }

  void removePoll(long target, long userData) {
    Seeker removal = (request, entry, token) -> PollRequests.pollRemove(entry, token);
    seek(userData, 0, new Search(target, removal, OnLevel.END));
  }

  /** The poll with this token that reports while something is true, if it is such a one. */
  private @Nullable LevelPoll level(long token) {
    int place = table.find(token);
    Intercept intercept = place == InFlightTable.NONE ? null : table.intercept(place, token);
    // If the place has another request by now, so has it another token.
    return intercept instanceof LevelPoll level && table.find(token) == place ? level : null;
  }

  /**
   * Such a poll is not in the kernel while it has reported: the kernel has not found it, and it
   * ends all the same. Whether it is one.
   */
  private boolean endLevel(long token) {
    LevelPoll level = level(token);
    if (level == null) {
      return false;
    }
    level.end();
    return true;
  }

  void updatePoll(long target, int events, long userData) {
    Seeker update =
        (request, entry, token) -> {
          LevelPoll level = level(token);
          if (level != null) {
            level.events(events);
          }
          PollRequests.pollUpdate(entry, token, events);
        };
    seek(userData, 0, new Search(target, update, OnLevel.UPDATED));
  }

  /**
   * Cancels every request that was added with this user data, by {@code context.cancels().all(1,
   * 2)}. The result is how many there were to cancel, zero for none; those that run already, and
   * may or may not end early, are counted. 5.5.
   *
   * @throws RingFullException if there is no room for one cancel each; then none was made
   * @throws IllegalStateException if fewer were announced to be added together; likewise
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
      submit.groups().checkRoom(cancels);
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
    Part[] parts = new Part[matches];
    Arrays.setAll(parts, index -> new Part(group, tokens[index]));
    for (Part part : parts) {
      int place = submit.begin(userData);
      submit.hold(place).intercept = part;
      part.isAt(place);
      PollRequests.cancel(submit.entry(), part.token);
      submit.end();
    }
  }

  /** One of several cancels. */
  private final class Part implements Intercept {
    private final Together group;
    private final long token;
    private int place;
    private boolean ended;

    Part(Together group, long token) {
      this.group = group;
      this.token = token;
    }

    void isAt(int itsPlace) {
      place = itsPlace;
    }

    @Override
    public long completed(int result, int flags) {
      if (result == -Errno.ENOENT && !ended && endLevel(token)) {
        // Once more, should it be in the kernel again.
        ended = true;
        submit.later(this::again);
        return KEPT;
      }
      return group.completed(ended ? 0 : result, flags);
    }

    private void again(SubmissionEntry entry) {
      PollRequests.cancel(entry, token);
      submit.signAgain(entry, place);
    }
  }

  /**
   * Of several cancels only the last reports: how many found something, or, if none did, why one
   * was not even run.
   */
  private static final class Together implements Intercept {
    private final AtomicInteger pending;
    private final AtomicInteger found = new AtomicInteger();
    private volatile int refusal;

    Together(int count) {
      pending = new AtomicInteger(count);
    }

    @Override
    public long completed(int result, int flags) {
      if (result >= 0 || result == -Errno.EALREADY) {
        found.incrementAndGet();
      } else if (result != -Errno.ENOENT) {
        refusal = result;
      }
      return pending.decrementAndGet() == 0 ? answer() : DROPPED;
    }

    private int answer() {
      int count = found.get();
      return count == 0 ? refusal : count;
    }
  }

  /**
   * Cancels one request on a descriptor or slot, by {@code context.cancels().oneOf(socket, 2)}. The
   * result is 0, or -ENOENT if there is none, or -EALREADY if it is running and may or may not end
   * early, or -EBADF for an empty slot; a poll of the mode {@link PollMode#LEVEL} that has just
   * reported is not found, but by its user data. 5.19; of a slot 6.0.
   */
  public void oneOf(Target target, long userData) {
    byTarget(target, 0, userData);
  }

  /**
   * Cancels every request on a descriptor or slot, by {@code context.cancels().allOf(socket, 2)}.
   * The result is how many there were, zero for none, or -EBADF for an empty slot; a poll of the
   * mode {@link PollMode#LEVEL} that has just reported ends, too, and is not counted. 5.19; of a
   * slot 6.0.
   */
  public void allOf(Target target, long userData) {
    byTarget(target, PollRequests.CANCEL_ALL, userData);
  }

  private void byTarget(Target target, int flags, long userData) {
    submit.enterToCancel();
    try {
      boolean slot = target instanceof FixedFile;
      MatchingCancel levels =
          flags == PollRequests.CANCEL_ALL ? MatchingCancel.of(submit, table, slot) : null;
      int place = submit.begin(target, userData);
      if (levels != null) {
        submit.hold(place).intercept = levels;
        levels.isAt(place, submit.fd());
      }
      int kind = slot ? PollRequests.CANCEL_FD_FIXED : 0;
      PollRequests.cancelMatching(
          submit.entry(), submit.fd(), flags | PollRequests.CANCEL_FD | kind);
      submit.endNamingTarget();
    } finally {
      submit.leaveCancelling();
    }
  }

  /**
   * Cancels everything that is in flight, by {@code context.cancels().everything(2)}. The result is
   * how many there were, zero for none, polls of the mode {@link PollMode#LEVEL} that have just
   * reported left out. There is no cancelling any one: {@code IORING_ASYNC_CANCEL_ANY} is all, with
   * or without {@code CANCEL_ALL}. 5.19.
   */
  public void everything(long userData) {
    submit.enterToCancel();
    try {
      MatchingCancel levels = MatchingCancel.of(submit, table, false);
      int place = submit.begin(userData);
      if (levels != null) {
        submit.hold(place).intercept = levels;
        levels.isAt(place, MatchingCancel.ANY);
      }
      PollRequests.cancelMatching(
          submit.entry(), -1, PollRequests.CANCEL_ANY | PollRequests.CANCEL_ALL);
      submit.end();
    } finally {
      submit.leaveCancelling();
    }
  }

  /** Adds a request that names another by its user data, trying one match after the other. */
  void seek(long target, long userData, int pieces, Seeker seeker) {
    seek(userData, pieces, new Search(target, seeker, OnLevel.NOTHING));
  }

  private void seek(long userData, int pieces, Search search) {
    submit.enterToCancel();
    try {
      addSearch(userData, pieces, search);
    } finally {
      submit.leaveCancelling();
    }
  }

  private void addSearch(long userData, int pieces, Search search) {
    int place = submit.begin(pieces, userData);
    submit.hold(place).intercept = search;
    search.first(place, submit.entry());
    submit.end();
  }

  /**
   * What becomes of a poll of the mode {@link PollMode#LEVEL} that is not in the kernel, since it
   * has reported, or that the kernel leaves alone, since it is about to.
   */
  private enum OnLevel {
    /** It is not looked for. */
    NOTHING,
    /** It ends all the same. */
    END,
    /** It knows already what to wait for from the next time on. */
    UPDATED
  }

  private final class Search implements Intercept {
    private final long target;
    private final Seeker seeker;
    private int place;
    private int from;

    private final OnLevel onLevel;
    private long token;

    /** Whether it is a poll that ends though the kernel has not ended it. */
    private boolean ended;

    /** Made before its request is begun, after which there may be no memory for it. */
    Search(long target, Seeker seeker, OnLevel onLevel) {
      this.target = target;
      this.seeker = seeker;
      this.onLevel = onLevel;
    }

    /** Its request has been begun, and seeks the first match. */
    void first(int itsPlace, SubmissionEntry entry) {
      place = itsPlace;
      token = nextToken();
      fill(entry);
    }

    private void fill(SubmissionEntry entry) {
      seeker.fill(table.request(place), entry, token);
    }

    private long nextToken() {
      int match = table.match(target, from, place);
      from = match == InFlightTable.NONE ? table.places() : match + 1;
      return match == InFlightTable.NONE ? NO_REQUEST : table.token(match);
    }

    @Override
    public long completed(int result, int flags) {
      if (result != -Errno.ENOENT && result != -Errno.EALREADY) {
        return result;
      }
      if (ended) {
        return 0;
      }
      if (onLevel == OnLevel.UPDATED && level(token) != null) {
        return 0;
      }
      if (onLevel == OnLevel.END && endLevel(token)) {
        // The same once more, should it be in the kernel again.
        ended = true;
        submit.later(this::again);
        return KEPT;
      }
      if (result == -Errno.EALREADY || table.match(target, from, place) == InFlightTable.NONE) {
        return result;
      }
      submit.later(this::again);
      return KEPT;
    }

    private void again(SubmissionEntry entry) {
      if (!ended) {
        token = nextToken();
      }
      fill(entry);
      submit.signAgain(entry, place);
    }
  }
}
