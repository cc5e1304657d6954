package dev.uring;

import dev.uring.ring.CompletionFlags;
import dev.uring.ring.CompletionQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The completion side of a context. No locks: a thread that stops between any two steps here stops
 * nobody else.
 *
 * <p>To pop is to read the oldest entry, to look up whose it is, and then to claim it by moving the
 * ring's head. Only if the claim succeeds did the entry, and the place that it names, stay as they
 * were while they were looked at: nobody frees a place before having claimed its last completion,
 * and none after this entry can have been claimed yet. That holds for a run of entries as for one.
 */
final class CompleteRing {
  /** The place that a wake-up names; no table is that large. */
  static final long WAKE_UP = 0xFFFF_FFFFL;

  /** The place that requests of the library's own name, whose results nobody awaits. */
  static final long NOBODY = 0xFFFF_FFFEL;

  /** In place of how many were handed over: it has come for whoever waits. */
  private static final int FOR_WHO_WAITS = -1;

  private static final AtomicIntegerFieldUpdater<CompleteRing> WAKE_UPS =
      AtomicIntegerFieldUpdater.newUpdater(CompleteRing.class, "wakeUps");

  private static final AtomicIntegerFieldUpdater<CompleteRing> RETURNED_COUNT =
      AtomicIntegerFieldUpdater.newUpdater(CompleteRing.class, "returnedCount");

  private final CompletionQueue queue;
  private final InFlightTable table;
  private final boolean shared;
  private final BooleanSupplier passingOn;
  private volatile int wakeUps;

  /** Completions that were claimed and given back, oldest first; nearly always none. */
  private final Queue<Completion> returned = new ConcurrentLinkedQueue<>();

  /** How many those are: every wait asks, and the queue itself is far away in memory. */
  private volatile int returnedCount;

  /**
   * @param shared whether several threads claim
   * @param passingOn what has come for whoever waits was claimed by one of them; whether there was
   *     something to send on
   */
  CompleteRing(
      CompletionQueue queue, InFlightTable table, boolean shared, BooleanSupplier passingOn) {
    this.queue = queue;
    this.table = table;
    this.shared = shared;
    this.passingOn = passingOn;
  }

  /** Whether at least so many completions wait, for this thread. */
  boolean has(int count, Visitor visitor) {
    int newest = queue.tail();
    return newest - queue.head() + visitor.claimedCount() >= count || returnedCount > 0;
  }

  /** Whether the ring itself holds none, so that who waits in the kernel sleeps. */
  boolean isEmpty() {
    return queue.tail() == queue.head();
  }

  /** Whether any wait, for whomever. */
  boolean hasAny() {
    return returnedCount > 0 || !isEmpty();
  }

  /** Whether completions wait that somebody had claimed and gave back. */
  boolean hasReturned() {
    return returnedCount > 0;
  }

  void giveBack(ClaimedCompletions unread) {
    int count = unread.size();
    try {
      unread.giveBack(returned);
    } finally {
      // If there is no memory for all, the others are the thread's next iterator's.
      RETURNED_COUNT.addAndGet(this, count - unread.size());
    }
  }

  /** Gives back what a thread claimed and, since its handler threw, will not hand over. */
  void giveBack(Visitor visitor) {
    CompletionRun run = visitor.run();
    int count = run.size();
    try {
      run.giveBack(returned);
    } finally {
      // If there is no memory for all, the others stay in the run.
      RETURNED_COUNT.addAndGet(this, count - run.size());
      visitor.handsOver(run.size() > 0);
    }
  }

  /**
   * Hands over at most {@code limit} of the completions that are there now, and not of those that
   * come meanwhile, or a handler whose requests complete at once would be called for ever.
   *
   * @param wanted how many the calling thread waited for: of more, others shall get some
   * @param visitor the calling thread
   */
  int drain(CompletionHandler handler, int limit, int wanted, Visitor visitor) {
    int end = queue.tail();
    int delivered = returnedCount == 0 ? 0 : drainReturned(handler, limit);
    int ahead = CompletionRun.LENGTH;
    boolean passedOn = false;
    boolean more = true;
    while (true) {
      CompletionRun claimed = visitor.claimedRun();
      if (claimed != null) {
        delivered += claimed.deliver(handler, limit - delivered);
        visitor.handsOver(claimed.size() > 0);
      }
      int head = queue.head();
      int available = end - head;
      if (!more || delivered >= limit || available <= 0) {
        return delivered;
      }
      int most = Math.min(limit - delivered, Math.min(available, ahead));
      if (shared) {
        most = Math.min(most, Math.max(wanted - delivered, CompletionRun.SHARE));
      }
      // What a run is made in is cold, and one completion needs none of it (30 ns).
      int copied = most == 1 ? 0 : visitor.run().copy(queue, table, head, most);
      if (copied == 0) {
        int taken = takeOne(head, handler);
        if (taken == FOR_WHO_WAITS) {
          // Once: this does not take what it sends on. For each, there would be more each time.
          passedOn = passedOn || passingOn.getAsBoolean();
        } else {
          delivered += taken;
        }
        // What follows one that is not merely handed over is copied in vain.
        ahead = 2;
        more = available > 1;
      } else if (claim(head, copied)) {
        visitor.handsOver(true);
        visitor.run().claimed(table, copied);
        ahead = Math.min(2 * ahead, CompletionRun.LENGTH);
        more = available > copied;
      }
    }
  }

  private boolean claim(int head, int count) {
    if (shared) {
      return queue.claim(head, count);
    }
    queue.advance(head + count);
    return true;
  }

  private int drainReturned(CompletionHandler handler, int limit) {
    int delivered = 0;
    while (delivered < limit) {
      prepare(handler);
      Completion completion = returned.poll();
      if (completion == null) {
        return delivered;
      }
      RETURNED_COUNT.decrementAndGet(this);
      delivered++;
      handler.completed(completion.userData(), completion.result(), completion.flags());
    }
    return delivered;
  }

  /** What the library itself does with one completion must not fail once that is claimed. */
  private static void prepare(CompletionHandler handler) {
    if (handler instanceof ClaimedCompletions claimed) {
      claimed.prepareOne();
    }
  }

  /**
   * Claims one completion, whatever is to be done with it; 1 if the caller got it, or 0, or {@link
   * #FOR_WHO_WAITS}.
   */
  private int takeOne(int head, CompletionHandler handler) {
    long token = queue.userData(head);
    long outcome = queue.outcome(head);
    int place = table.find(token);
    // A request that repeats gives its place up with its last completion, which may be claimed by
    // another thread right after this one: what is asked of the place is asked before.
    long userData = place == InFlightTable.NONE ? 0 : table.userData(place);
    Intercept intercept = place == InFlightTable.NONE ? null : table.intercept(place, token);
    prepare(handler);
    if (!claim(head, 1)) {
      return 0;
    }
    if (place == InFlightTable.NONE) {
      return special(token);
    }
    int result = CompletionQueue.resultOf(outcome);
    int flags = CompletionQueue.flagsOf(outcome);
    return deliver(place, userData, intercept, result, flags, handler);
  }

  /**
   * One completion is ours: frees the place if it was the last, and hands over; 1, or 0 if kept.
   */
  private int deliver(
      int place,
      long userData,
      @Nullable Intercept intercept,
      int result,
      int flags,
      CompletionHandler handler) {
    int outcome = result;
    if (intercept != null) {
      long changed = changed(place, intercept, result, flags);
      if (changed == Intercept.KEPT) {
        return 0;
      }
      if (changed == Intercept.DROPPED) {
        table.finish(place);
        return 0;
      }
      outcome = (int) changed;
      if (changed >= Intercept.GOES_ON) {
        handler.completed(userData, outcome, flags | CompletionFlags.MORE);
        return 1;
      }
    }
    if (CompletionFlags.isLast(flags)) {
      table.finish(place);
    }
    handler.completed(userData, outcome, flags);
    return 1;
  }

  /** A place is freed also if who looks at its last completion fails, or nobody could close. */
  private long changed(int place, Intercept intercept, int result, int flags) {
    boolean done = false;
    try {
      long changed = intercept.completed(result, flags);
      done = true;
      return changed;
    } finally {
      if (!done && CompletionFlags.isLast(flags)) {
        table.finish(place);
      }
    }
  }

  private int special(long token) {
    if (token == WAKE_UP) {
      WAKE_UPS.incrementAndGet(this);
    } else if (token != NOBODY) {
      table.countStranger();
      return 0;
    }
    return FOR_WHO_WAITS;
  }

  /** Whether somebody is to be woken who was not yet. */
  boolean hasWakeUp() {
    return wakeUps > 0;
  }

  /** Counts a wake-up that no completion carries. */
  void addWakeUp() {
    WAKE_UPS.incrementAndGet(this);
  }

  /** Takes one wake-up, if there is one: it ends one wait. */
  boolean takeWakeUp() {
    while (true) {
      int pending = wakeUps;
      if (pending == 0) {
        return false;
      }
      if (WAKE_UPS.compareAndSet(this, pending, pending - 1)) {
        return true;
      }
    }
  }
}
