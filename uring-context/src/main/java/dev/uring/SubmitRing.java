package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.SubmissionQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The submission side of a context: one adder at a time, under a lock or by being one thread.
 *
 * <p>Adding goes in three steps: {@link #begin} takes a place and an entry, the caller fills the
 * entry, {@link #end} signs it. Nothing that can fail stands between the last two.
 */
final class SubmitRing {
  /** Not asked of the flag itself, which is an object and cold after a wait (10 ns). */
  private static final int FIXED_FILE = EntryFlag.FIXED_FILE.mask();

  private final URingContext context;
  private final SubmissionQueue queue;
  private final InFlightTable table;
  private final AdderLock lock;
  private final int requiredFlags;

  private final AdditionGroup group;
  private final AddedCount added;
  private final QueueRoom room;
  private final GroupAdder groups;
  private final Publisher publisher;

  private final boolean shared;
  private volatile boolean settled;

  private int fd;
  private int targetFlags;

  SubmitRing(URingContext context, ContextCore core, Ring ring, InFlightTable table) {
    this.context = context;
    this.queue = ring.submission();
    this.table = table;
    this.lock = new AdderLock(core);
    this.shared = core.owner() == null;
    this.requiredFlags = requiredFlags(core.allowlist());
    this.group = new AdditionGroup(queue, lock, shared && !ring.hasPolledSubmission());
    this.added = new AddedCount(queue);
    this.room = new QueueRoom(ring, core);
    this.groups = new GroupAdder(core, room, table, lock, group, added);
    this.publisher = new Publisher(queue, lock, group, added);
  }

  private static int requiredFlags(@Nullable URingAllowlist allowlist) {
    return allowlist == null
        ? 0
        : allowlist.requiredFlags().stream().mapToInt(EntryFlag::mask).sum();
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
    boolean kept = lock.enterToAdd();
    boolean done = false;
    try {
      targetFlags = requiredFlags;
      int place = place(userData, pieces, pieces > 0, kept);
      done = true;
      return place;
    } finally {
      if (!done) {
        lock.leaveAdded();
      }
    }
  }

  /** A place for a request on a target, which is then in use until the last completion. */
  int begin(Target target, long userData) {
    return begin(target, 0, userData);
  }

  /** As {@link #begin(Target, long)}, with room for the addresses of so many pieces of memory. */
  int begin(Target target, int pieces, long userData) {
    boolean kept = lock.enterToAdd();
    boolean done = false;
    @Nullable Descriptor used = null;
    try {
      if (target instanceof FixedFile slot) {
        fd = slot.slotOf(context);
        targetFlags = requiredFlags | FIXED_FILE;
      } else {
        if ((requiredFlags & FIXED_FILE) != 0) {
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
      int place = place(userData, pieces, pieces > 0 || used != null, kept);
      if (used != null) {
        table.request(place).descriptor = used;
      }
      done = true;
      return place;
    } finally {
      if (!done) {
        if (used != null) {
          used.release();
        }
        lock.leaveAdded();
      }
    }
  }

  private int place(long userData, int pieces, boolean holds, boolean kept) {
    boolean grouped = kept && group.isOpen();
    if (grouped) {
      group.checkRoom();
    }
    long token = table.take(userData);
    if (token == InFlightTable.NO_TOKEN) {
      throw new RingFullException(table.places());
    }
    int place = InFlightTable.placeOf(token);
    SubmissionEntry next = null;
    try {
      if (holds) {
        InFlightRequest request = table.hold(place);
        if (pieces > 0) {
          request.reserve(pieces);
        }
      }
      int flags = grouped ? targetFlags | group.flags() : targetFlags;
      next = queue.nextToFill(flags);
      if (next == null) {
        room.mustMake(1);
        next = queue.nextToFill(flags);
      }
    } finally {
      if (next == null) {
        table.finish(place);
      }
    }
    queue.current().userData(holds ? table.token(place) : token);
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
    if (!table.isHolding(place)) {
      InFlightRequest request = table.hold(place);
      queue.current().userData(table.token(place));
      return request;
    }
    return table.request(place);
  }

  /** The entry is filled. */
  void end() {
    lock.leaveAdded();
  }

  /** As {@link #end()}, for a request that may have options. */
  void end(RequestOptions options) {
    queue.current().flags(options.entryFlags());
    end();
  }

  /** The entry could not be filled: it becomes one that does nothing for nobody. */
  void abandon(int place) {
    RingRequests.nop(entry())
        .withoutFlags(targetFlags & ~requiredFlags)
        .userData(CompleteRing.NOBODY);
    table.finish(place);
    added.exclude(1);
    lock.leaveAdded();
  }

  /** A link leads to the next request: without others it would lead to anybody's. */
  void checkLinks(RequestOptions options) {
    if (options.isLinked()) {
      if (!isAddingTogether()) {
        throw new IllegalArgumentException(
            "a linked request needs one to be linked to: add both in one chains().together(...)");
      }
      group.link();
    }
  }

  /** A limit is for the request before it: without others there is none. */
  void checkFollows() {
    if (!isAddingTogether()) {
      context.core().checkUse();
      throw new IllegalArgumentException(
          "a limit needs a request before it: add both in one chains().linked(2, ...)");
    }
  }

  /** As {@link #end}, for a request that names its target as what to look for, not as its file. */
  void endNamingTarget() {
    entry().withoutFlags(targetFlags & ~requiredFlags);
    end();
  }

  /** The flags that the next request of the calling thread gets because of where it adds it. */
  int groupFlags() {
    return lock.isKept() ? group.flags() : 0;
  }

  /** Adds requests together. */
  GroupAdder groups() {
    return groups;
  }

  /** Whether the calling thread is adding requests together. */
  boolean isAddingTogether() {
    return group.isAddedHere();
  }

  /** The calling thread closes the context while it adds together: it leaves when it has added. */
  void leaveAfterAdding(Visitor visitor) {
    group.leaveAfter(visitor);
  }

  /** How many entries the kernel has not taken yet; between {@link #enter} and {@link #leave}. */
  int pending() {
    return queue.pending();
  }

  /** Has whoever submits next give an action an entry to fill; for completions. */
  void later(Consumer<SubmissionEntry> retry) {
    publisher.retries().add(retry);
  }

  /**
   * As {@link #enter}, for whoever is about to name other requests: those that are to be made again
   * are, so that the kernel knows them. Where requests are added together that has to wait.
   */
  void enterToCancel() {
    lock.enterToKeep();
    boolean done = false;
    try {
      if (!group.isOpen()) {
        publisher.retry();
      }
      done = true;
    } finally {
      if (!done) {
        leaveCancelling();
      }
    }
  }

  void leaveCancelling() {
    lock.keepNoLonger();
    leave();
  }

  /** Has somebody look at the completions of the poll in a place; between begin and end. */
  void levelPoll(int place, LevelPoll poll) {
    hold(place).intercept = poll;
    poll.isFor(place, table.token(place), fd, targetFlags);
  }

  /** Whether nothing is to be made again any more. */
  boolean isClosing() {
    return context.isClosed();
  }

  /** Gives an entry for a request that was made before its token, and what every entry needs. */
  void signAgain(SubmissionEntry again, int place) {
    again.flags(requiredFlags).userData(table.token(place));
  }

  boolean hasRetries() {
    return !publisher.retries().isEmpty();
  }

  /** Requests that are to be made again hold their places: they end only if they are made. */
  void retryWhileClosing() {
    publisher.retry();
  }

  /** The context has been enabled. */
  void open() {
    // Whoever asked the ring what it permits has used entries.
    added.exclude(added.count());
    lock.open();
  }

  /** Returns when no adder is at work that had not seen that the context closes. */
  void settle() {
    try {
      lock.shut();
    } finally {
      settled = true;
    }
  }

  /** Whether who leaves last may close: neither adds a group, nor would wait for one that does. */
  boolean mayBeClosed() {
    return (settled || !shared) && !isAddingTogether();
  }

  /** Whether another thread added last, and can be expected to submit it. */
  boolean isLeftToAnother() {
    return lock.habits().areAnothers(Thread.currentThread()) && !hasRetries();
  }

  /** Shows the kernel what was added. */
  Publisher publisher() {
    return publisher;
  }

  /** The calling thread is about to publish and to submit, and not to wait. */
  void submits() {
    lock.habits().submits(Thread.currentThread());
  }

  /**
   * Whether there are chains, and threads that have the kernel take as many entries as they have
   * counted: a count that another thread made old meanwhile cuts a chain in two. This one submits.
   */
  boolean mayCutChains(Visitor visitor) {
    return group.mayBeCut() && room.severalSubmit(visitor);
  }

  /** Flags that the allowlist demands of every entry. */
  int requiredFlags() {
    return requiredFlags;
  }

  /** How many requests were added so far; a little late to who has not {@link #enter entered}. */
  long added() {
    return added.count();
  }
}
