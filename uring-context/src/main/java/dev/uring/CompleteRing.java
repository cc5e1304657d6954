package dev.uring;

import dev.uring.ring.CompletionFlags;
import dev.uring.ring.CompletionQueue;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The completion side of a context. No locks: a thread that stops between any two steps here stops
 * nobody else.
 *
 * <p>To pop is to read the oldest entry, to look up whose it is, and then to claim it by moving the
 * ring's head. Only if the claim succeeds did the entry, and the place that it names, stay as they
 * were while they were looked at: nobody frees a place before having claimed its last completion,
 * and none after this entry can have been claimed yet.
 */
final class CompleteRing {
  /** The place that a wake-up names; no table is that large. */
  static final long WAKE_UP = 0xFFFF_FFFFL;

  /** The place that requests of the library's own name, whose results nobody awaits. */
  static final long NOBODY = 0xFFFF_FFFEL;

  private final CompletionQueue queue;
  private final InFlightTable table;
  private final boolean shared;
  private final AtomicInteger wakeUps = new AtomicInteger();

  /** Completions that were claimed and given back, oldest first; nearly always none. */
  private final Queue<Completion> returned = new ConcurrentLinkedQueue<>();

  CompleteRing(CompletionQueue queue, InFlightTable table, boolean shared) {
    this.queue = queue;
    this.table = table;
    this.shared = shared;
  }

  /** Whether at least so many completions wait. */
  boolean has(int count) {
    return queue.available() >= count || !returned.isEmpty();
  }

  void giveBack(Collection<Completion> unread) {
    returned.addAll(unread);
  }

  /** Hands over at most {@code limit} completions; how many there were. */
  int drain(CompletionHandler handler, int limit) {
    int delivered = returned.isEmpty() ? 0 : drainReturned(handler, limit);
    return delivered + drainQueue(handler, limit - delivered);
  }

  private int drainReturned(CompletionHandler handler, int limit) {
    int delivered = 0;
    while (delivered < limit) {
      Completion completion = returned.poll();
      if (completion == null) {
        return delivered;
      }
      delivered++;
      handler.completed(completion.userData(), completion.result(), completion.flags());
    }
    return delivered;
  }

  private int drainQueue(CompletionHandler handler, int limit) {
    return shared ? drainShared(handler, limit) : drainConfined(handler, limit);
  }

  /** One thread reaps: the head is moved before the handler runs, so that it may throw. */
  private int drainConfined(CompletionHandler handler, int limit) {
    int delivered = 0;
    int head = queue.head();
    while (delivered < limit && head != queue.tail()) {
      long token = queue.userData(head);
      int result = queue.result(head);
      int flags = queue.flags(head);
      queue.advance(head + 1);
      InFlightRequest request = table.find(token);
      if (request == null) {
        special(token);
      } else {
        delivered += deliver(request, request.userData, request.intercept, result, flags, handler);
      }
      // Not counted on from the old one: a handler may have taken completions itself.
      head = queue.head();
    }
    return delivered;
  }

  private int drainShared(CompletionHandler handler, int limit) {
    int delivered = 0;
    while (delivered < limit) {
      int head = queue.head();
      if (queue.tail() == head) {
        return delivered;
      }
      long token = queue.userData(head);
      int result = queue.result(head);
      int flags = queue.flags(head);
      @Nullable InFlightRequest request = table.find(token);
      long userData = request == null ? 0 : request.userData;
      // A request that repeats gives its place up with its last completion, which may be claimed by
      // another thread right after this one: what is asked of the place is asked before.
      Intercept intercept = request == null ? null : request.intercept;
      if (!queue.claim(head, 1)) {
        continue;
      }
      if (request == null) {
        special(token);
      } else {
        delivered += deliver(request, userData, intercept, result, flags, handler);
      }
    }
    return delivered;
  }

  /**
   * One completion is ours: frees the place if it was the last, and hands over; 1, or 0 if kept.
   */
  private int deliver(
      InFlightRequest request,
      long userData,
      @Nullable Intercept intercept,
      int result,
      int flags,
      CompletionHandler handler) {
    int outcome = result;
    if (intercept != null) {
      long changed = intercept.completed(request, result);
      if (changed == Intercept.KEPT) {
        return 0;
      }
      if (changed == Intercept.DROPPED) {
        table.finish(request);
        return 0;
      }
      outcome = (int) changed;
    }
    if (CompletionFlags.isLast(flags)) {
      table.finish(request);
    }
    handler.completed(userData, outcome, flags);
    return 1;
  }

  private void special(long token) {
    if (token == WAKE_UP) {
      wakeUps.incrementAndGet();
    } else if (token != NOBODY) {
      table.countStranger();
    }
  }

  /** Whether somebody is to be woken who was not yet. */
  boolean hasWakeUp() {
    return wakeUps.get() > 0;
  }

  /** Counts a wake-up that no completion carries. */
  void addWakeUp() {
    wakeUps.incrementAndGet();
  }

  /** Takes one wake-up, if there is one: it ends one wait. */
  boolean takeWakeUp() {
    while (true) {
      int pending = wakeUps.get();
      if (pending == 0) {
        return false;
      }
      if (wakeUps.compareAndSet(pending, pending - 1)) {
        return true;
      }
    }
  }
}
