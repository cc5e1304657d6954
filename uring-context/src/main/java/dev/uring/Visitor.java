package dev.uring;

import dev.uring.ring.TimedWait;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One thread inside a context: what it needs to wait, and how often it is inside. */
final class Visitor {
  private final TimedWait timedWait;
  private final InterruptibleWait interruptible;
  private final CompletionRun run = new CompletionRun();
  private int depth;

  /** The iterator that this thread left, perhaps in the middle. */
  @Nullable Completions open;

  Visitor(TimedWait timedWait, Runnable nudge, AtomicInteger interrupted) {
    this.timedWait = timedWait;
    this.interruptible = new InterruptibleWait(nudge, interrupted);
  }

  TimedWait timedWait() {
    return timedWait;
  }

  InterruptibleWait interruptible() {
    return interruptible;
  }

  /** What this thread has claimed and is handing over. */
  CompletionRun run() {
    return run;
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
