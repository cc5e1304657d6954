package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.SubmissionQueue;
import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The submission side of a context: one adder at a time, under a lock or by being one thread.
 *
 * <p>Adding goes in three steps: {@link #begin} takes a place and an entry, the caller fills the
 * entry, {@link #end} signs it. Nothing that can fail stands between the last two.
 */
final class SubmitRing {
  /** How often a full queue is submitted before the kernel's refusal is believed. */
  private static final int SUBMIT_ATTEMPTS = 1000;

  private final URingContext context;
  private final Ring ring;
  private final SubmissionQueue queue;
  private final InFlightTable table;
  private final @Nullable ReentrantLock lock;
  private final @Nullable Thread owner;
  private final int requiredFlags;

  /**
   * Whether the context was seen in working order. A plain field, since reading the context's own
   * state for each request is dear; touched under the lock, or by the owner. A confined context
   * that another thread closes stays open to its owner until that next awaits, which is where it is
   * closed.
   */
  private boolean open;

  /** How often the adder that adds together has entered once more, without locking again. */
  private int nested;

  /** Requests that a completion asked to be made again; done by whoever submits next. */
  private final Queue<Runnable> retries = new ConcurrentLinkedQueue<>();

  private final AdditionGroup group = new AdditionGroup();

  private @Nullable SubmissionEntry entry;
  private int fd;
  private int targetFlags;

  /** Written by one adder at a time; a reader elsewhere may see it a little late. */
  private long added;

  SubmitRing(
      URingContext context, Ring ring, InFlightTable table, @Nullable Thread owner, int required) {
    this.context = context;
    this.ring = ring;
    this.queue = ring.submission();
    this.table = table;
    this.owner = owner;
    this.lock = owner == null ? new ReentrantLock() : null;
    this.requiredFlags = required;
  }

  void enter() {
    if (lock != null) {
      // To lock what one holds already costs half of locking it. Only the holder is sure to see its
      // own limit here, and whoever sees another's asks.
      if (group.isOpen() && lock.isHeldByCurrentThread()) {
        nested++;
      } else {
        lock.lock();
      }
    }
    if (!open || (owner != null && owner != Thread.currentThread())) {
      refuse();
    }
  }

  /** Throws what the context has to say, unless it has just been enabled. */
  private void refuse() {
    boolean permitted = false;
    try {
      context.checkUse();
      permitted = true;
    } finally {
      if (!permitted) {
        leave();
      }
    }
  }

  void leave() {
    if (lock == null) {
      return;
    }
    if (nested > 0) {
      nested--;
    } else {
      lock.unlock();
    }
  }

  /** A place for a request without a target. */
  InFlightRequest begin(long userData) {
    return begin(0, userData);
  }

  /** As {@link #begin(long)}, with room for the addresses of so many pieces of memory. */
  InFlightRequest begin(int pieces, long userData) {
    enter();
    boolean done = false;
    try {
      fd = -1;
      targetFlags = requiredFlags;
      InFlightRequest request = place(userData, pieces);
      done = true;
      return request;
    } finally {
      if (!done) {
        leave();
      }
    }
  }

  /** A place for a request on a target, which is then in use until the last completion. */
  InFlightRequest begin(Target target, long userData) {
    return begin(target, 0, userData);
  }

  /** As {@link #begin(Target, long)}, with room for the addresses of so many pieces of memory. */
  InFlightRequest begin(Target target, int pieces, long userData) {
    enter();
    boolean done = false;
    @Nullable Descriptor used = null;
    try {
      if (target instanceof FixedFile slot) {
        if (slot.context() != context) {
          throw new IllegalArgumentException(slot + " is a slot of another context");
        }
        fd = slot.slot();
        targetFlags = requiredFlags | EntryFlag.FIXED_FILE.mask();
      } else {
        if ((requiredFlags & EntryFlag.FIXED_FILE.mask()) != 0) {
          throw new IllegalArgumentException(
              "this context's allowlist requires registered files, and "
                  + target
                  + " is an ordinary descriptor: register it before enabling the context");
        }
        Descriptor descriptor = (Descriptor) target;
        fd = descriptor.acquire();
        used = descriptor;
        targetFlags = requiredFlags;
      }
      InFlightRequest request = place(userData, pieces);
      request.descriptor = used;
      done = true;
      return request;
    } finally {
      if (!done) {
        if (used != null) {
          used.release();
        }
        leave();
      }
    }
  }

  private InFlightRequest place(long userData, int pieces) {
    group.checkRoom();
    InFlightRequest request = table.take();
    if (request == null) {
      throw new RingFullException(table.places());
    }
    SubmissionEntry next = null;
    try {
      request.reserve(pieces);
      next = queue.next();
      for (int attempt = 0; next == null && attempt < SUBMIT_ATTEMPTS; attempt++) {
        submitHere();
        next = queue.next();
      }
      if (next == null) {
        throw new UringException(
            "io_uring_enter", Errno.EAGAIN, "the kernel has no memory to take more requests");
      }
    } finally {
      if (next == null) {
        table.finish(request);
      }
    }
    if (entry != next) {
      // It is always the same; storing a reference costs more than asking.
      entry = next;
    }
    request.userData = userData;
    request.active = true;
    group.add(request.slot);
    return request;
  }

  /** The entry to fill, between {@link #begin} and {@link #end}. */
  SubmissionEntry entry() {
    SubmissionEntry current = entry;
    if (current == null) {
      throw new IllegalStateException("no request has begun");
    }
    return current;
  }

  /** The number of the target, for the entry. */
  int fd() {
    return fd;
  }

  void end(InFlightRequest request, RequestOptions options) {
    entry().flags(targetFlags | options.entryFlags() | group.linkFlags()).userData(request.token());
    added++;
    leave();
  }

  /** The entry could not be filled: it becomes one that does nothing for nobody. */
  void abandon(InFlightRequest request) {
    RingRequests.nop(entry().reset()).flags(requiredFlags).userData(CompleteRing.NOBODY);
    group.forgetLast();
    table.finish(request);
    leave();
  }

  /** As {@link #end}, for a request that names its target as what to look for, not as its file. */
  void endNamingTarget(InFlightRequest request) {
    targetFlags = requiredFlags;
    end(request, RequestOptions.NONE);
  }

  /**
   * Lets requests be added under one lock, to be submitted in one piece.
   *
   * @param linkFlags set on each but the last
   */
  void together(int requests, int linkFlags, Runnable adding) {
    enter();
    try {
      makeRoom(requests);
      group.open(requests, linkFlags);
      boolean done = false;
      try {
        adding.run();
        done = true;
      } finally {
        if (done && group.count() > 0) {
          entry().withoutFlags(linkFlags);
        } else {
          queue.takeBack(group.count());
          added -= group.finishAll(table);
        }
        group.close();
      }
    } finally {
      leave();
    }
  }

  private void makeRoom(int requests) {
    if (group.isOpen()) {
      throw new IllegalStateException("requests are being added together already");
    }
    if (requests < 1 || requests > queue.capacity()) {
      throw new IllegalArgumentException(
          "1 to " + queue.capacity() + " requests can be added together, not " + requests);
    }
    if (table.room() < requests) {
      throw new RingFullException(table.places());
    }
    if (queue.room() < requests) {
      submitHere();
      if (queue.room() < requests) {
        throw new RingFullException(table.places());
      }
    }
  }

  /** Has whoever submits next run an action that fills entries; for completions. */
  void later(Runnable retry) {
    retries.add(retry);
  }

  /** A free entry for a request that has its place already, or null if there is none now. */
  @Nullable SubmissionEntry entryAgain() {
    SubmissionEntry next = queue.next();
    return next == null ? null : next.flags(requiredFlags);
  }

  private void retry() {
    if (group.isOpen()) {
      throw new IllegalStateException("nothing is submitted while requests are added together");
    }
    while (!retries.isEmpty() && queue.room() > 0) {
      Runnable next = retries.poll();
      if (next != null) {
        next.run();
      }
    }
  }

  boolean hasRetries() {
    return !retries.isEmpty();
  }

  /** Requests that are to be made again hold their places: they end only if they are made. */
  void retryWhileClosing() {
    retry();
  }

  /** Has the kernel take what was added; returns how many it took. */
  int submit() {
    enter();
    try {
      retry();
      return submitHere();
    } finally {
      leave();
    }
  }

  private int submitHere() {
    int result = ring.submit();
    check(result);
    return Math.max(result, 0);
  }

  /** The context has been enabled. */
  void open() {
    set(true);
  }

  /** Returns when no adder is at work that had not seen that the context closes. */
  void settle() {
    set(false);
  }

  private void set(boolean opened) {
    if (lock == null) {
      open = opened;
      return;
    }
    lock.lock();
    try {
      open = opened;
    } finally {
      lock.unlock();
    }
  }

  /** Shows the kernel what was added; how many it has not taken. To be entered without the lock. */
  int publish() {
    enter();
    try {
      retry();
      return ring.publish();
    } finally {
      leave();
    }
  }

  /** Lets pass what an enter can return in the course of things; throws for what it cannot. */
  static void check(int result) {
    if (result >= 0) {
      return;
    }
    switch (-result) {
      case Errno.EINTR, Errno.EAGAIN, Errno.EBUSY, Errno.ETIME -> {}
      default -> throw new UringException("io_uring_enter", -result, enterRemedy(-result));
    }
  }

  private static String enterRemedy(int errno) {
    return switch (errno) {
      case Errno.EEXIST -> "the context belongs to another thread";
      case Errno.EBADFD -> "the context is not enabled yet";
      case Errno.EOWNERDEAD -> "the kernel thread that polled this ring has died";
      default -> "";
    };
  }

  /** Flags that the allowlist demands of every entry. */
  int requiredFlags() {
    return requiredFlags;
  }

  long added() {
    return added;
  }
}
