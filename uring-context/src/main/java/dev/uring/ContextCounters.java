package dev.uring;

import dev.uring.ring.Ring;

/**
 * What a context has done so far. The numbers are read one after the other while nobody adds, and
 * others submit and reap: each is right at some moment during the call.
 *
 * @param added requests added
 * @param submitted requests that the kernel has taken, at least: one that was refused when it was
 *     filled leaves an entry to take which does nothing
 * @param completed requests whose last completion was claimed
 * @param inFlight requests added and not completed
 * @param overflowed completions that the kernel had no memory to keep while the completion queue
 *     was full, modulo 2³²: lost, so zero in a sound program. Those that it kept are not counted
 * @param dropped entries that the kernel threw away as invalid, modulo 2³²; zero in a sound program
 * @param strangers completions that named no request, such as those sent by other rings
 */
public record ContextCounters(
    long added,
    long submitted,
    long completed,
    int inFlight,
    long overflowed,
    long dropped,
    long strangers) {
  /** As they are now. Nobody adds meanwhile, or they would not agree with each other. */
  static ContextCounters of(ContextCore core, Ring ring, SubmitRing submit) {
    InFlightTable table = core.table();
    Visitor visitor = core.enterRing();
    try {
      submit.enter();
      try {
        int inFlight = table.inFlight();
        long added = submit.added();
        long completed = added - inFlight;
        // Entries that stand for no request wait, too: what has completed was submitted.
        return new ContextCounters(
            added,
            Math.max(added - submit.pending(), completed),
            completed,
            inFlight,
            Integer.toUnsignedLong(ring.completion().overflow()),
            Integer.toUnsignedLong(ring.submission().dropped()),
            table.strangers());
      } finally {
        submit.leave();
      }
    } finally {
      core.leaveRing(visitor);
    }
  }
}
