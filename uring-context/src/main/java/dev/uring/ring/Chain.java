package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Requests of which each starts when the one before it is done: room for all of them, the link
 * flags, and one submit.
 *
 * <p>If a request fails, or transfers less than asked, the rest ends with -ECANCELED; in a
 * {@linkplain #reserveHard hard} chain the rest goes on. The kernel knows a chain only within one
 * submit, so whatever was filled before is submitted first, and the ring must {@linkplain
 * RingBuilder#submitAll submit all}: without that a refused entry in mid-chain would end the batch,
 * and the rest would later start as a chain of its own. For the submitting thread.
 *
 * <pre>{@code
 * Chain chain = Chain.reserve(ring, 2).orElseThrow();
 * FileRequests.write(chain.next(), fd, address, length, 0);
 * FileRequests.fsync(chain.next(), fd);
 * chain.submit();
 * }</pre>
 */
public final class Chain {
  private final Ring ring;
  private final int length;
  private final int link;
  private int filled;
  private @Nullable SubmissionEntry newest;

  private Chain(Ring ring, int length, EntryFlag link) {
    this.ring = ring;
    this.length = length;
    this.link = link.mask();
  }

  /**
   * Submits what was filled before, and reserves room for so many requests.
   *
   * @param length at least 1
   * @return empty if there is no room now: reap completions and try again
   * @throws IllegalArgumentException if the queue never has room for so many
   * @throws IllegalStateException if the ring does not submit all
   * @throws UringException if what was filled before cannot be submitted
   */
  public static Optional<Chain> reserve(Ring ring, int length) {
    return reserve(ring, length, EntryFlag.IO_LINK);
  }

  /** As {@link #reserve}, for a chain that goes on whatever becomes of each request. 5.5. */
  public static Optional<Chain> reserveHard(Ring ring, int length) {
    return reserve(ring, length, EntryFlag.IO_HARDLINK);
  }

  private static Optional<Chain> reserve(Ring ring, int length, EntryFlag link) {
    SubmissionQueue queue = ring.submission();
    if (length < 1 || length > queue.capacity()) {
      throw new IllegalArgumentException(
          "a chain on this ring has 1 to " + queue.capacity() + " requests, not " + length);
    }
    if (!ring.setupFlags().contains(SetupFlag.SUBMIT_ALL)) {
      throw new IllegalStateException(
          "a chain could be torn apart on a ring that stops submitting at an error;"
              + " build it with submitAll()");
    }
    if (queue.pending() > 0) {
      int submitted = ring.submit();
      if (submitted < 0) {
        throw new UringException("io_uring_enter", -submitted);
      }
    }
    boolean room = ring.hasPolledSubmission() ? queue.room() >= length : queue.pending() == 0;
    return room ? Optional.of(new Chain(ring, length, link)) : Optional.empty();
  }

  /**
   * The chain's next entry; it is linked to the one after it when that is asked for.
   *
   * @throws IllegalStateException if the chain is complete, or if the ring's entries were used
   *     otherwise meanwhile
   */
  public SubmissionEntry next() {
    if (filled == length) {
      throw new IllegalStateException("the chain has all of its " + length + " requests");
    }
    SubmissionEntry previous = newest;
    if (previous != null) {
      // Not before it was filled, which begins an entry anew.
      previous.flags(link);
    }
    SubmissionEntry entry = ring.submission().next();
    if (entry == null) {
      throw new IllegalStateException("the room that was reserved for the chain is used up");
    }
    filled++;
    newest = entry;
    return entry;
  }

  /**
   * Submits the whole chain.
   *
   * @return its length, or minus an errno: then nothing was taken and the entries still stand
   * @throws IllegalStateException if requests are missing; nothing is submitted
   */
  public int submit() {
    if (filled != length) {
      throw new IllegalStateException(filled + " of " + length + " requests are filled in");
    }
    return ring.submit();
  }

  /** Takes everything back that was filled in; the chain is void then. */
  public void abandon() {
    ring.submission().takeBack(filled);
    filled = 0;
    newest = null;
  }
}
