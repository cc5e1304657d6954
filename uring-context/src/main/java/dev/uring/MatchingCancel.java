package dev.uring;

import dev.uring.ring.PollRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the polls that a cancel of all requests, or of all on a file, may have missed: those that
 * report while something is true, and which the kernel does not have while they have reported. Only
 * those that were in flight when it was added, each by its token.
 */
final class MatchingCancel implements Intercept {
  /** In place of a number: polls on anything. */
  static final int ANY = -1;

  private final SubmitRing submit;
  private final List<LevelPoll> levels;
  private final boolean slot;
  private int place;
  private int number;
  private int next;
  private int first;
  private boolean begun;

  private MatchingCancel(SubmitRing submit, List<LevelPoll> levels, boolean slot) {
    this.submit = submit;
    this.levels = levels;
    this.slot = slot;
  }

  /**
   * Who looks at the completion of such a cancel, or null if there is nothing to look for.
   *
   * @param slot whether the file is named by a slot
   */
  static @Nullable MatchingCancel of(SubmitRing submit, InFlightTable table, boolean slot) {
    List<LevelPoll> levels = new ArrayList<>();
    table.forEachIntercept(
        intercept -> {
          if (intercept instanceof LevelPoll level) {
            levels.add(level);
          }
        });
    return levels.isEmpty() ? null : new MatchingCancel(submit, levels, slot);
  }

  /** Its request has been begun. */
  void isAt(int itsPlace, int target) {
    place = itsPlace;
    number = target;
  }

  @Override
  public long completed(int result, int flags) {
    if (!begun) {
      if (result < 0 && result != -Errno.ENOENT) {
        return result;
      }
      begun = true;
      first = result;
      levels.removeIf(level -> number != ANY && !level.isOf(number, slot));
      levels.forEach(LevelPoll::end);
    }
    if (next == levels.size()) {
      return first;
    }
    // Should it be in the kernel again.
    submit.later(this::again);
    return KEPT;
  }

  private void again(SubmissionEntry entry) {
    PollRequests.cancel(entry, levels.get(next).token());
    next++;
    submit.signAgain(entry, place);
  }
}
