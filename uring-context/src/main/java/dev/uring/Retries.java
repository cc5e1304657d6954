package dev.uring;

import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.SubmissionQueue;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;

/** Requests that a completion asked to be made again: asked by any thread, made by the adder. */
final class Retries {
  private static final AtomicIntegerFieldUpdater<Retries> COUNT =
      AtomicIntegerFieldUpdater.newUpdater(Retries.class, "count");

  private final Queue<Consumer<SubmissionEntry>> waiting = new ConcurrentLinkedQueue<>();

  /** How many wait: the queue itself is asked only if some do, it is far away in memory. */
  private volatile int count;

  void add(Consumer<SubmissionEntry> retry) {
    waiting.add(retry);
    COUNT.incrementAndGet(this);
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Has each fill an entry, for as long as there is room. */
  void run(SubmissionQueue queue) {
    while (count > 0 && queue.room() > 0) {
      Consumer<SubmissionEntry> next = waiting.poll();
      if (next != null) {
        COUNT.decrementAndGet(this);
        next.accept(Objects.requireNonNull(queue.next(), "there was room"));
      }
    }
  }
}
