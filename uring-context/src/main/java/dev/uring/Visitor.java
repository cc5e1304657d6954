package dev.uring;

import dev.uring.ring.Ring;
import dev.uring.ring.RingEntrance;
import java.lang.ref.WeakReference;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One thread inside a context: what it needs to wait, and how often it is inside.
 *
 * <p>Refers to its thread weakly, since those who hold the visitor for its thread's sake must not
 * hold the thread; and is that reference itself: each further object is cold after a wait.
 */
final class Visitor extends WeakReference<Thread> {
  private static final int WAITS_BETWEEN_TRIES = 64;
  private static final int MOST_LEFT = 16;

  private final RingEntrance entrance;
  private final InterruptibleWait interruptible;

  // Made when first needed: a thread that only submits needs none of them.
  private @Nullable CompletionRun run;
  private @Nullable ClaimedCompletions claimed;

  /** Only then there may be something in the run, which is not asked else: it is cold. */
  private boolean handingOver;

  private int depth;
  private int left;
  private int untilTry = WAITS_BETWEEN_TRIES;
  private int untilUnasked;
  private boolean tries;

  /** The iterator that this thread left, perhaps in the middle. */
  @Nullable Completions open;

  /**
   * The calling thread.
   *
   * @param register whether the ring is registered with it if it comes often
   */
  static Visitor of(Ring ring, boolean register, Runnable nudge, AtomicInteger interrupted) {
    Thread caller = Thread.currentThread();
    // The kernel would register with its own thread, and a virtual one goes from thread to thread;
    // and the workers of the common pool forget between tasks what has to be given back.
    boolean stays = !VirtualThreads.isVirtual(caller) && !(caller instanceof ForkJoinWorkerThread);
    return new Visitor(ring.newEntrance(register && stays), nudge, interrupted);
  }

  private Visitor(RingEntrance entrance, Runnable nudge, AtomicInteger interrupted) {
    super(Thread.currentThread());
    this.entrance = entrance;
    this.interruptible = new InterruptibleWait(nudge, interrupted);
  }

  boolean isOf(Thread other) {
    return refersTo(other);
  }

  /** How this thread enters the ring. */
  RingEntrance entrance() {
    return entrance;
  }

  InterruptibleWait interruptible() {
    return interruptible;
  }

  /** What this thread has claimed and is handing over. */
  CompletionRun run() {
    CompletionRun made = run;
    if (made == null) {
      made = new CompletionRun();
      run = made;
    }
    return made;
  }

  /** This thread has claimed what its run has, and is to hand it over; or has done so. */
  void handsOver(boolean begun) {
    handingOver = begun;
  }

  /** What this thread has claimed and not handed over, if there is any. */
  @Nullable CompletionRun claimedRun() {
    return handingOver ? run : null;
  }

  /** How many it has claimed and not handed over. */
  int claimedCount() {
    CompletionRun begun = claimedRun();
    return begun == null ? 0 : begun.size();
  }

  /** What this thread's iterator has claimed. */
  ClaimedCompletions claimed() {
    ClaimedCompletions made = claimed;
    if (made == null) {
      made = new ClaimedCompletions();
      claimed = made;
    }
    return made;
  }

  /** Whether what another thread added may be left to it to submit, once more. */
  boolean mayLeaveToAnother() {
    if (left < MOST_LEFT) {
      left++;
      return true;
    }
    left = 0;
    return false;
  }

  /** It was in vain: the next time it may not be left. */
  void leftInVain() {
    left = MOST_LEFT;
  }

  /**
   * Whether it is worth a try to submit without waiting: what is served at once, as from the page
   * cache, has completed then. Nothing needs to be set up for a wait (10 ns), and the kernel is not
   * asked for events (45 ns). A try in vain is a system call more, so after one there is none for
   * some waits.
   */
  boolean mayBeServedAtOnce() {
    if (untilTry > 0) {
      untilTry--;
      return false;
    }
    tries = true;
    return true;
  }

  /** So many completions came of what this thread did last, a try perhaps. */
  void wasServed(int completions) {
    if (tries) {
      tries = false;
      if (completions == 0) {
        untilTry = WAITS_BETWEEN_TRIES;
      }
    }
  }

  /**
   * Whether the kernel is to be asked for events with what is submitted: of late, what was
   * submitted had it hold something back, so that it had to be entered once more.
   */
  boolean mayBeHeldBack() {
    if (untilUnasked > 0) {
      untilUnasked--;
      return true;
    }
    return false;
  }

  /** What was submitted had the kernel hold something back. */
  void wasHeldBack() {
    untilUnasked = WAITS_BETWEEN_TRIES;
  }

  void enter() {
    depth++;
  }

  void leave() {
    depth--;
  }

  /** More than one if a completion handler calls back. */
  int depth() {
    return depth;
  }
}
