package dev.uring.disk;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What other threads asked of a loop and wait for. A loop that ends leaves nobody waiting: whoever
 * asks is first in the set and then looks whether the loop has ended, and the loop has first ended
 * and then goes through the set.
 */
final class LoopQuestions {
  private final EventLoop loop;
  private final Set<Question> open = ConcurrentHashMap.newKeySet();

  LoopQuestions(EventLoop loop) {
    this.loop = loop;
  }

  /** See {@link EventLoop#ask}. */
  CompletableFuture<Void> ask(Consumer<Runnable> action) {
    Question question = new Question();
    open.add(question);
    if (loop.hasEnded()) {
      question.failEnded();
    } else {
      loop.execute(() -> question.begin(action));
    }
    return question.answer;
  }

  /** Fails what is open; when the loop has ended. */
  void end() {
    open.forEach(Question::failEnded);
  }

  private final class Question implements Runnable {
    final CompletableFuture<Void> answer = new CompletableFuture<>();

    void begin(Consumer<Runnable> action) {
      try {
        action.accept(this);
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    @Override
    public void run() {
      open.remove(this);
      answer.complete(null);
    }

    void failEnded() {
      fail(new IllegalStateException("the thread of this queue has ended, by itself or closed"));
    }

    private void fail(RuntimeException failure) {
      open.remove(this);
      answer.completeExceptionally(failure);
    }
  }
}
