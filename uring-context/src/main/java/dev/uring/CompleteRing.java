package dev.uring;

import dev.uring.ring.CompletionFlags;
import dev.uring.ring.CompletionQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
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

  private static final AtomicIntegerFieldUpdater<CompleteRing> WAKE_UPS =
      AtomicIntegerFieldUpdater.newUpdater(CompleteRing.class, "wakeUps");

  private static final AtomicIntegerFieldUpdater<CompleteRing> RETURNED_COUNT =
      AtomicIntegerFieldUpdater.newUpdater(CompleteRing.class, "returnedCount");

  private final CompletionQueue queue;
  private final InFlightTable table;
  private final boolean shared;
  private volatile int wakeUps;

  /** Completions that were claimed and given back, oldest first; nearly always none. */
  private final Queue<Completion> returned = new ConcurrentLinkedQueue<>();

  /** How many those are: every wait asks, and the queue itself is far away in memory. */
  private volatile int returnedCount;

  /** Of a confined context: the next to take, and which one the kernel takes it to be. */
  private int confinedHead;

  private int shownHead;

  CompleteRing(CompletionQueue queue, InFlightTable table, boolean shared) {
    this.queue = queue;
    this.table = table;
    this.shared = shared;
    this.confinedHead = queue.head();
    this.shownHead = confinedHead;
  }

  /** Somebody took completions past this side, before the context was in use. */
  void lookAgain() {
    confinedHead = queue.head();
    shownHead = confinedHead;
  }

  /** Whether at least so many completions wait, for the thread that has this run. */
  boolean has(int count, CompletionRun run) {
    int newest = queue.tail();
    // What one thread reaps it claims one by one, and so has none in its run.
    int available = shared ? newest - queue.head() + run.size() : newest - confinedHead;
    return available >= count || returnedCount > 0;
  }

  /** Whether completions wait that somebody had claimed and gave back. */
  boolean hasReturned() {
    return returnedCount > 0;
  }

  void giveBack(ClaimedCompletions unread) {
    int count = unread.size();
    unread.giveBack(returned);
    RETURNED_COUNT.addAndGet(this, count);
  }

  /** Gives back what a thread claimed and, since its handler threw, will not hand over. */
  void giveBack(CompletionRun run) {
    int count = run.size();
    run.giveBack(returned);
    RETURNED_COUNT.addAndGet(this, count);
  }

  /**
   * Hands over at most {@code limit} of the completions that are there now, and not of those that
   * come meanwhile, or a handler whose requests complete at once would be called for ever.
   *
   * @param wanted how many the calling thread waited for: of more, others shall get some
   * @param run the calling thread's
   */
  int drain(CompletionHandler handler, int limit, int wanted, CompletionRun run) {
    int delivered = returnedCount == 0 ? 0 : drainReturned(handler, limit);
    if (delivered == limit) {
      return delivered;
    }
    return delivered
        + (shared
            ? drainShared(handler, limit - delivered, wanted - delivered, run)
            : drainConfined(handler, limit - delivered));
  }

  private int drainReturned(CompletionHandler handler, int limit) {
    int delivered = 0;
    while (delivered < limit) {
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

  /**
   * One thread reaps. The head is a plain field, moved before the handler runs, which may throw or
   * reap itself; the kernel is shown it once at the end (at 128 a turn that is 7 ns less each).
   */
  private int drainConfined(CompletionHandler handler, int limit) {
    int delivered = 0;
    try {
      int end = queue.tail();
      while (delivered < limit && confinedHead - end < 0) {
        int index = confinedHead++;
        long token = queue.userData(index);
        int place = table.find(token);
        if (place == InFlightTable.NONE) {
          special(token);
        } else {
          Intercept intercept = table.intercept(place, token);
          long userData = table.userData(place);
          long outcome = queue.outcome(index);
          int result = CompletionQueue.resultOf(outcome);
          int flags = CompletionQueue.flagsOf(outcome);
          delivered += deliver(place, userData, intercept, result, flags, handler);
        }
      }
      return delivered;
    } finally {
      showHead();
    }
  }

  private void showHead() {
    if (confinedHead != shownHead) {
      shownHead = confinedHead;
      queue.advance(confinedHead);
    }
  }

  private int drainShared(CompletionHandler handler, int limit, int wanted, CompletionRun run) {
    int end = queue.tail();
    int delivered = run.deliver(handler, limit);
    while (delivered < limit) {
      int head = queue.head();
      int available = end - head;
      if (available <= 0) {
        break;
      }
      int most = Math.min(limit - delivered, Math.max(wanted - delivered, CompletionRun.SHARE));
      int copied = run.copy(queue, table, head, Math.min(available, most));
      if (copied == 0) {
        delivered += takeOne(head, handler);
      } else if (queue.claim(head, copied)) {
        run.claimed(table, copied);
        delivered += run.deliver(handler, limit - delivered);
      }
    }
    return delivered;
  }

  /** Claims a completion that is not merely to be handed over; 1 if the caller got it, or 0. */
  private int takeOne(int head, CompletionHandler handler) {
    long token = queue.userData(head);
    int result = queue.result(head);
    int flags = queue.flags(head);
    int place = table.find(token);
    // A request that repeats gives its place up with its last completion, which may be claimed by
    // another thread right after this one: what is asked of the place is asked before.
    long userData = place == InFlightTable.NONE ? 0 : table.userData(place);
    Intercept intercept = place == InFlightTable.NONE ? null : table.intercept(place, token);
    if (!queue.claim(head, 1)) {
      return 0;
    }
    if (place == InFlightTable.NONE) {
      special(token);
      return 0;
    }
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
      long changed = intercept.completed(result, flags);
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

  private void special(long token) {
    if (token == WAKE_UP) {
      WAKE_UPS.incrementAndGet(this);
    } else if (token != NOBODY) {
      table.countStranger();
    }
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
