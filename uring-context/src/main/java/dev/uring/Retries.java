package dev.uring;

import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.SubmissionQueue;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Requests that a completion asked to be made again: asked by any thread, made by the adder. */
final class Retries {
  private final Queue<Consumer<SubmissionEntry>> waiting = new ConcurrentLinkedQueue<>();

  void add(Consumer<SubmissionEntry> retry) {
    waiting.add(retry);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Has each fill an entry, for as long as there is room. */
  void run(SubmissionQueue queue) {
    while (!waiting.isEmpty() && queue.room() > 0) {
      Consumer<SubmissionEntry> next = waiting.poll();
      if (next != null) {
        next.accept(Objects.requireNonNull(queue.next(), "there was room"));
      }
    }
  }
}
