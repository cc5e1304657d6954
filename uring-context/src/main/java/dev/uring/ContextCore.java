package dev.uring;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.Ring;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What stands behind a {@link URingContext}: its life, its waits, its end. */
final class ContextCore {
  /** Open contexts, dropped ones too: the kernel may still write to the memory that they hold. */
  private static final Set<ContextCore> OPEN = ConcurrentHashMap.newKeySet();

  private static final AtomicIntegerFieldUpdater<ContextCore> INSIDE =
      AtomicIntegerFieldUpdater.newUpdater(ContextCore.class, "inside");

  private final Ring ring;
  private final InFlightTable table;
  private final SubmitRing submit;
  private final CompleteRing complete;
  private final @Nullable Thread owner;
  private final @Nullable URingAllowlist allowlist;
  private final Visitors visitors;
  private final OwnMessages messages;
  private final ContextTables tables;
  private final Waiter waiter;
  private final CompletionWatch watch;

  /** Guards the ring's descriptor against being closed while a wake-up is sent to it. */
  private final Object wakeLock = new Object();

  /** Threads that are inside the ring and must be out before it is unmapped. */
  private volatile int inside;

  private final AtomicInteger interrupted = new AtomicInteger();
  private final Visitor ownVisitor;

  private final AtomicBoolean finishing = new AtomicBoolean();
  private volatile ContextState state;
  private final Enabling enabling;

  ContextCore(
      URingContext context,
      Ring ring,
      boolean confined,
      @Nullable URingAllowlist allowlist,
      boolean disabled) {
    this.ring = ring;
    this.allowlist = allowlist;
    this.owner = confined ? Thread.currentThread() : null;
    this.table = new InFlightTable(ring.completion().capacity(), !confined);
    this.submit = new SubmitRing(context, this, ring, table);
    this.complete = new CompleteRing(ring.completion(), table, !confined, this::passOnAtOnce);
    boolean registers = !confined && allowlist == null;
    this.visitors = new Visitors(() -> Visitor.of(ring, registers, this::nudge, interrupted));
    this.ownVisitor = visitors.current();
    this.messages = new OwnMessages(ring);
    this.tables = new ContextTables(context, this, ring.registrar(), wakeLock);
    this.waiter = new Waiter(this, ring, submit, complete, !confined);
    this.watch = new CompletionWatch(this, ring, complete, wakeLock);
    this.enabling = new Enabling(ring, allowlist, !disabled && allowlist == null);
    this.state = enabling.isDone() ? ContextState.ENABLED : ContextState.DISABLED;
    if (enabling.isDone()) {
      submit.open();
    }
  }

  void prepare(int pieces, Supplier<Runnable> look) {
    OPEN.add(this);
    table.prepare(pieces);
    enabling.thenLook(look);
  }

  /** The one thread that may use a confined context; null if any may. */
  @Nullable Thread owner() {
    return owner;
  }

  InFlightTable table() {
    return table;
  }

  Waiter waiter() {
    return waiter;
  }

  ContextTables tables() {
    return tables;
  }

  ContextState state() {
    return state;
  }

  SubmitRing submitRing() {
    return submit;
  }

  @Nullable URingAllowlist allowlist() {
    return allowlist;
  }

  /** Refuses use of a closed context, and of a confined one by a foreign thread. */
  void checkUse() {
    checkOwner();
    state.mustBeEnabled();
  }

  /** Refuses use of a confined context by a foreign thread. */
  void checkOwner() {
    Thread required = owner;
    if (required != null && required != Thread.currentThread()) {
      throw new IllegalStateException(
          "this context is confined to " + required + " and was used by " + Thread.currentThread());
    }
  }

  void enable() {
    Runnable telling;
    synchronized (wakeLock) {
      state.mustBeDisabled();
      checkOwner();
      telling = enabling.enable();
    }
    // Without the lock: who is told may wait for a thread that closes the context, or wakes it.
    telling.run();
    synchronized (wakeLock) {
      state.mustBeDisabled();
      submit.open();
      watch.setRight();
      state = ContextState.ENABLED;
    }
  }

  Visitor visitor() {
    return owner == null ? visitors.current() : ownVisitor;
  }

  /** As {@link #checkUse}, and closes a confined context first that another thread closed. */
  void mayBeUsed() {
    closeIfAsked();
    checkUse();
  }

  /** A thread goes where memory could be unmapped beneath it; it must {@link #leaveRing}. */
  Visitor enterRing() {
    checkOwner();
    if (state != ContextState.ENABLED) {
      mayBeUsed();
    }
    Visitor visitor = visitor();
    goIn(visitor);
    if (state == ContextState.ENABLED) {
      return visitor;
    }
    backOut(visitor);
    return enterRing();
  }

  /** As {@link #leaveRing}, for who came too late: the ring may be gone. */
  void backOut(Visitor visitor) {
    try {
      giveBackIfClosing(visitor);
    } finally {
      visitor.leave();
      goOut(visitor);
    }
  }

  private void goIn(Visitor visitor) {
    visitor.enter();
    if (owner == null) {
      INSIDE.incrementAndGet(this);
    }
  }

  /** Whoever leaves a context that is closing, and is the last, closes it. */
  void leaveRing(Visitor visitor) {
    try {
      giveBackIfClosing(visitor);
    } finally {
      leaveOpen(visitor);
    }
  }

  private void giveBackIfClosing(Visitor visitor) {
    if (state == ContextState.CLOSING) {
      visitor.entrance().giveBack();
    }
  }

  private void leaveOpen(Visitor visitor) {
    visitor.leave();
    if (owner != null && visitor.claimedCount() == 0 && !watch.isWatched()) {
      goOut(visitor);
    } else {
      leaveTelling(visitor);
    }
  }

  private void leaveTelling(Visitor visitor) {
    try {
      if (visitor.depth() == 0 && visitor.claimedCount() > 0) {
        complete.giveBack(visitor);
        tellWhoWatches();
      }
      // Asked last: who comes in after this looks by itself, and finds what was given back.
      boolean unused = passOnAtOnce();
      watch.setRight();
    } finally {
      goOut(visitor);
    }
  }

  private void goOut(Visitor visitor) {
    int left = owner == null ? INSIDE.decrementAndGet(this) : visitor.depth();
    // Nobody by now: one may have come in since. What is being added together is added first, and
    // waited for by who closes.
    if (left == 0 && state == ContextState.CLOSING && inside == 0 && submit.mayBeClosed()) {
      finishClosing();
    }
  }

  /** From inside, where the ring's descriptor stays open: so without the lock, as popping is. */
  void tellWhoWatches() {
    if (watch.wantsMessages()) {
      messages.tryNudge();
    }
  }

  /** Has something done within the ring, where it is sure to be mapped, if it is still open. */
  void insideIfOpen(Consumer<Visitor> action) {
    Visitor visitor = visitor();
    goIn(visitor);
    try {
      if (state == ContextState.ENABLED) {
        action.accept(visitor);
      }
    } finally {
      backOut(visitor);
    }
  }

  /** Not when the handlers of who claimed it are done: another may be about to sleep. */
  boolean passOnAtOnce() {
    return owner == null && inside > 1 && passOn();
  }

  /** What a thread came across may be another's: whether there was something to send on. */
  private boolean passOn() {
    boolean anything =
        complete.hasWakeUp()
            || complete.hasReturned()
            || interrupted.get() > 0
            || submit.hasRetries()
            || state == ContextState.CLOSING;
    if (anything) {
      messages.tryNudge();
    }
    return anything;
  }

  /** A confined context that another thread closed is closed by its owner's next step. */
  private void closeIfAsked() {
    if (state == ContextState.CLOSING
        && owner == Thread.currentThread()
        && ownVisitor.depth() == 0
        && !submit.isAddingTogether()) {
      finishClosing();
    }
  }

  void wakeup() {
    synchronized (wakeLock) {
      if (state == ContextState.DISABLED) {
        complete.addWakeUp();
      } else if (state == ContextState.ENABLED || state == ContextState.CLOSING) {
        messages.wakeUp();
      }
    }
  }

  /** Brings waiting threads back to look again, without being a wake-up. */
  void nudge() {
    synchronized (wakeLock) {
      if (state == ContextState.ENABLED || state == ContextState.CLOSING) {
        messages.tryNudge();
      }
    }
  }

  ContextCounters counters() {
    return ContextCounters.of(this, ring, submit);
  }

  /** What shows others that completions wait. */
  CompletionWatch watch() {
    return watch;
  }

  boolean isClosed() {
    return state == ContextState.CLOSING || state == ContextState.CLOSED;
  }

  void close() {
    closeIfAsked();
    Visitor visitor = visitor();
    if (!beginClosing(visitor)) {
      // Not where the one who closes would have to wait for this thread.
      if (owner == null && visitor.depth() == 0 && !submit.isAddingTogether()) {
        awaitClosed();
      }
      return;
    }
    if (submit.isAddingTogether()) {
      goIn(visitor);
      submit.leaveAfterAdding(visitor);
    }
    submit.settle();
    if (visitor.depth() > 0) {
      // It closes on its way out of a handler or an addition, where it may wait for the others.
      boolean unused = passOnAtOnce();
      return;
    }
    awaitClosed();
  }

  /** Whether the calling thread is to close, and is the first. */
  private boolean beginClosing(Visitor visitor) {
    synchronized (wakeLock) {
      if (state != ContextState.CLOSED) {
        visitor.entrance().giveBack();
      }
      if (isClosed()) {
        return false;
      }
      boolean running = state == ContextState.ENABLED;
      state = ContextState.CLOSING;
      if (owner == null || owner == Thread.currentThread()) {
        return true;
      }
      // A dead owner's ring can be drained by nobody: it stays, and OPEN keeps its memory.
      if (running && owner.isAlive()) {
        messages.tryNudge();
      }
      return false;
    }
  }

  private void awaitClosed() {
    // Whoever waits, and not who began: that one may have failed for want of memory, and be gone.
    if (inside == 0) {
      finishClosing();
    }
    messages.sendOut(wakeLock, () -> state == ContextState.CLOSED, complete);
  }

  /** By the owner of a confined context; of a shared one, by the last thread that was inside. */
  private void finishClosing() {
    if (!finishing.compareAndSet(false, true)) {
      return;
    }
    boolean drained = false;
    try {
      submit.settle();
      if (enabling.isDone()) {
        new LastRequests(ring, submit, complete, table).cancel(visitor());
      }
      drained = true;
    } finally {
      synchronized (wakeLock) {
        // First: it is so whatever fails below, and who waits for it takes the lock.
        state = ContextState.CLOSED;
        wakeLock.notifyAll();
        // Where the kernel would not let go, ring and memory stay: better lost than written to.
        if (drained) {
          tables.closeWith(ring);
          watch.close();
          OPEN.remove(this);
        }
      }
    }
  }

  @Override
  public String toString() {
    String confinement = owner == null ? "" : ", confined to " + owner.getName();
    String counts = ", added=" + submit.added() + ", " + table + "]";
    return "URingContext[" + ring + ", " + state + confinement + counts;
  }
}
