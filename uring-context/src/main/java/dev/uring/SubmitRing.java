package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.SubmissionQueue;
import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import java.util.function.Consumer;
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
  private final AdderLock lock;
  private final int requiredFlags;

  /** Requests that a completion asked to be made again; done by whoever submits next. */
  private final Retries retries = new Retries();

  private final AdditionGroup group = new AdditionGroup();

  private int fd;
  private int targetFlags;

  private final AddedCount added = new AddedCount();

  SubmitRing(
      URingContext context, Ring ring, InFlightTable table, @Nullable Thread owner, int required) {
    this.context = context;
    this.ring = ring;
    this.queue = ring.submission();
    this.table = table;
    this.lock = new AdderLock(context, owner);
    this.requiredFlags = required;
  }

  void enter() {
    lock.enter();
  }

  void leave() {
    lock.leave();
  }

  /** A place for a request without a target. */
  int begin(long userData) {
    return begin(0, userData);
  }

  /** As {@link #begin(long)}, with room for the addresses of so many pieces of memory. */
  int begin(int pieces, long userData) {
    enter();
    boolean done = false;
    try {
      targetFlags = requiredFlags;
      int place = place(userData, pieces);
      done = true;
      return place;
    } finally {
      if (!done) {
        leave();
      }
    }
  }

  /** A place for a request on a target, which is then in use until the last completion. */
  int begin(Target target, long userData) {
    return begin(target, 0, userData);
  }

  /** As {@link #begin(Target, long)}, with room for the addresses of so many pieces of memory. */
  int begin(Target target, int pieces, long userData) {
    enter();
    boolean done = false;
    @Nullable Descriptor used = null;
    try {
      if (target instanceof FixedFile slot) {
        fd = slot.slotOf(context);
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
      int place = place(userData, pieces);
      if (used != null) {
        hold(place).descriptor = used;
      }
      done = true;
      return place;
    } finally {
      if (!done) {
        if (used != null) {
          used.release();
        }
        leave();
      }
    }
  }

  private int place(long userData, int pieces) {
    boolean grouped = group.isOpen();
    if (grouped) {
      group.checkRoom();
    }
    int place = table.take(userData);
    if (place == InFlightTable.NONE) {
      throw new RingFullException(table.places());
    }
    SubmissionEntry next = null;
    try {
      if (pieces > 0) {
        table.hold(place).reserve(pieces);
      }
      next = queue.nextToFill();
      for (int attempt = 0; next == null && attempt < SUBMIT_ATTEMPTS; attempt++) {
        submitHere(/* forRoom= */ true);
        next = queue.nextToFill();
      }
      if (next == null) {
        throw new UringException(
            "io_uring_enter", Errno.EAGAIN, "the kernel has no memory to take more requests");
      }
    } finally {
      if (next == null) {
        table.finish(place);
      }
    }
    queue.current().userData(table.token(place));
    if (grouped) {
      group.add(place);
    }
    return place;
  }

  /** The entry to fill, between {@link #begin} and {@link #end}. */
  SubmissionEntry entry() {
    return queue.current();
  }

  /** The number of the target, for the entry. */
  int fd() {
    return fd;
  }

  /** What the request in a place holds until its last completion; between begin and end. */
  InFlightRequest hold(int place) {
    InFlightRequest request = table.hold(place);
    queue.current().userData(table.token(place));
    return request;
  }

  void end(int place, RequestOptions options) {
    queue.current().flags(targetFlags | options.entryFlags() | group.linkFlags());
    leave();
  }

  /** The entry could not be filled: it becomes one that does nothing for nobody. */
  void abandon(int place) {
    RingRequests.nop(entry())
        .flags(requiredFlags | group.linkFlags())
        .userData(CompleteRing.NOBODY);
    group.forgetLast();
    table.finish(place);
    added.correct(-1);
    leave();
  }

  /** A link leads to the next request: without others it would lead to anybody's. */
  void checkLinks(RequestOptions options) {
    if (options.isLinked() && !(lock.isKept() && group.isOpen())) {
      throw new IllegalArgumentException(
          "a linked request needs one to be linked to: add both in one chains().together(...)");
    }
  }

  /** As {@link #end}, for a request that names its target as what to look for, not as its file. */
  void endNamingTarget(int place) {
    targetFlags = requiredFlags;
    end(place, RequestOptions.NONE);
  }

  /** The flags that the next request of the calling thread gets because of where it adds it. */
  int linkFlags() {
    return lock.isKept() ? group.linkFlags() : 0;
  }

  /**
   * Lets requests be added under one lock and submitted in one piece; nothing closes meanwhile.
   *
   * @param linkFlags set on each but the last
   */
  void together(int requests, int linkFlags, Runnable adding) {
    Visitor visitor = context.core().enterRing();
    try {
      addTogether(requests, linkFlags, adding);
    } finally {
      context.core().leaveRing(visitor);
    }
  }

  private void addTogether(int requests, int linkFlags, Runnable adding) {
    enter();
    try {
      makeRoom(requests);
      group.open(requests, linkFlags);
      lock.keep();
      boolean done = false;
      try {
        adding.run();
        done = true;
      } finally {
        if (done && group.count() > 0) {
          entry().withoutFlags(RequestOptions.LINKS);
        } else {
          queue.takeBack(group.count());
          added.correct(group.count() - group.finishAll(table));
        }
        group.close();
        lock.keepNoLonger();
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
    for (int attempt = 0; queue.room() < requests && attempt < SUBMIT_ATTEMPTS; attempt++) {
      submitHere(/* forRoom= */ true);
    }
    if (queue.room() < requests) {
      throw new RingFullException(table.places());
    }
  }

  /** How many entries the kernel has not taken yet. */
  int pending() {
    enter();
    try {
      return queue.pending();
    } finally {
      leave();
    }
  }

  /** Has whoever submits next give an action an entry to fill; for completions. */
  void later(Consumer<SubmissionEntry> retry) {
    retries.add(retry);
  }

  /**
   * As {@link #enter}, for whoever is about to name other requests: those that are to be made again
   * are, so that the kernel knows them. Where requests are added together that has to wait.
   */
  void enterToCancel() {
    enter();
    if (!group.isOpen()) {
      retry();
    }
  }

  /** Who looks at the completions of a poll that is being added. */
  Intercept levelPoll(int place, int events) {
    return new LevelPoll(this, place, fd, targetFlags, events);
  }

  /** Whether nothing is to be made again any more. */
  boolean isClosing() {
    return context.isClosed();
  }

  /** Gives an entry for a request that was made before its token. */
  void signAgain(SubmissionEntry again, int place) {
    again.userData(table.token(place));
  }

  private void retry() {
    if (group.isOpen()) {
      throw new IllegalStateException("nothing is submitted while requests are added together");
    }
    if (!retries.isEmpty()) {
      added.upTo(queue.tail());
      retries.run(queue);
      added.pass(queue.tail());
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
      return submitHere(/* forRoom= */ false);
    } finally {
      leave();
    }
  }

  private int submitHere(boolean forRoom) {
    added.upTo(queue.tail());
    int result = forRoom && ring.hasPolledSubmission() ? ring.awaitRoom() : ring.submit();
    EnterResult.check(result);
    return Math.max(result, 0);
  }

  /** The context has been enabled. */
  void open() {
    // Whoever asked the ring what it permits has used entries.
    added.pass(queue.tail());
    lock.open();
  }

  /** Returns when no adder is at work that had not seen that the context closes. */
  void settle() {
    lock.shut();
  }

  /** Shows the kernel what was added; how many it has not taken. To be entered without the lock. */
  int publish() {
    enter();
    try {
      retry();
      added.upTo(queue.tail());
      return ring.publish();
    } finally {
      leave();
    }
  }

  /** Flags that the allowlist demands of every entry. */
  int requiredFlags() {
    return requiredFlags;
  }

  /** How many requests had been added when the last was submitted; a little late elsewhere. */
  long submitted() {
    return added.count();
  }

  /** How many requests were added so far. */
  long added() {
    enter();
    try {
      added.upTo(queue.tail());
      return added.count();
    } finally {
      leave();
    }
  }
}
