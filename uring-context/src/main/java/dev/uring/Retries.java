package dev.uring;

import dev.uring.ring.SubmissionQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Requests that a completion asked to be made again: asked by any thread, made by the adder. */
final class Retries {
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  void add(Runnable retry) {
    waiting.add(retry);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Has each fill an entry, for as long as there is room. */
  void run(SubmissionQueue queue) {
    while (!waiting.isEmpty() && queue.room() > 0) {
      Runnable next = waiting.poll();
      if (next != null) {
        next.run();
      }
    }
  }
}
