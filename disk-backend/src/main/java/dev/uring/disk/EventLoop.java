package dev.uring.disk;

import dev.uring.CompletionHandler;
import dev.uring.ContextBuilder;
import dev.uring.FixedFile;
import dev.uring.URingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One thread, one context: waits for completions and hands each to whoever asked for it.
 *
 * <p>A turn of the loop is one system call: everything that the turn before added is submitted by
 * the call that waits for the next completion. Then come the completions, the timers that are due,
 * the tasks from other threads, and what participants left for the end of the turn.
 *
 * <p>The loop's thread makes the context, has the program name its files, restricts the ring and
 * enables it, in that order; from then on the ring can do only what its allowlist says. An
 * exception that leaves a handler ends the loop, and the context with it.
 *
 * <p>Only {@link #execute}, {@link #ask}, {@link #stop}, {@link #ended} and {@link #hasEnded} may
 * be called by other threads.
 */
public final class EventLoop {
  private final Thread thread;
  private final URingContext context;
  private final FixedFile[] files;
  private final int firstEmpty;
  private final List<RequestHandler> handlers = new ArrayList<>();
  private final LoopTimers timers = new LoopTimers();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final LoopQuestions questions = new LoopQuestions(this);
  private final List<Runnable> endOfTurn = new ArrayList<>();
  private final CompletableFuture<Void> ended;
  private final CompletionHandler dispatcher = this::dispatch;
  private Runnable stopProgram = () -> {};
  private @Nullable LoopPoller poller;
  private boolean finished;

  private EventLoop(ContextBuilder builder, LoopProgram program, CompletableFuture<Void> ended) {
    this.thread = Thread.currentThread();
    this.ended = ended;
    LoopFiles wanted = new LoopFiles();
    program.register(wanted);
    context = builder.confined().disabled().build();
    try {
      files = registered(wanted);
      firstEmpty = wanted.files().length;
      context.enable();
    } catch (RuntimeException e) {
      context.close();
      throw e;
    }
  }

  /** The kernel makes no table without a slot. */
  private FixedFile[] registered(LoopFiles wanted) {
    boolean none = wanted.empty() == 0 && wanted.files().length == 0;
    return none ? new FixedFile[0] : context.registerFiles(wanted.empty(), wanted.files());
  }

  /**
   * Starts a thread and runs a program on a loop there; returns when the program has started.
   *
   * @param name of the thread
   * @param builder how the context shall be; confined and disabled are added
   * @throws RuntimeException what the program's registration or start threw; then nothing is left
   */
  public static EventLoop start(String name, ContextBuilder builder, LoopProgram program) {
    CompletableFuture<EventLoop> started = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread thread = new Thread(() -> main(builder, program, started, ended), name);
    thread.setDaemon(true);
    thread.start();
    try {
      return started.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void main(
      ContextBuilder builder,
      LoopProgram program,
      CompletableFuture<EventLoop> started,
      CompletableFuture<Void> ended) {
    EventLoop loop;
    try {
      loop = new EventLoop(builder, program, ended);
    } catch (RuntimeException | Error e) {
      started.completeExceptionally(e);
      return;
    }
    Throwable failure = null;
    try {
      loop.runAndClose(program, started);
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      loop.end(failure, started);
    }
  }

  private void runAndClose(LoopProgram program, CompletableFuture<EventLoop> started) {
    try (context) {
      program.start(this);
      stopProgram = program::stop;
      started.complete(this);
      run();
    }
  }

  /** First it has ended, then those who waited for it hear that: they may start another at once. */
  private void end(@Nullable Throwable failure, CompletableFuture<EventLoop> started) {
    if (failure == null) {
      ended.complete(null);
    } else {
      started.completeExceptionally(failure);
      ended.completeExceptionally(failure);
    }
    questions.end();
  }

  private void run() {
    while (!finished) {
      if (poller != null && tasks.isEmpty() && poller.findsWork()) {
        takeWithoutWaiting();
      } else {
        waitForCompletions();
      }
      timers.expire();
      runTasks();
      for (int index = 0; index < endOfTurn.size(); index++) {
        endOfTurn.get(index).run();
      }
      endOfTurn.clear();
    }
  }

  private void takeWithoutWaiting() {
    context.submit();
    context.poll(dispatcher);
  }

  private void waitForCompletions() {
    long wait = timers.untilEarliest();
    if (wait < 0) {
      context.await(1, dispatcher);
    } else {
      context.await(1, wait, dispatcher);
    }
  }

  private void dispatch(long userData, int result, int flags) {
    handlers.get((int) (userData >>> 32)).completed((int) userData, result, flags);
  }

  private void runTasks() {
    Runnable task = tasks.poll();
    while (task != null) {
      task.run();
      task = tasks.poll();
    }
  }

  /** The loop's context. Requests carry user data of {@link #userData}. */
  public URingContext context() {
    return context;
  }

  /** A file by its number from {@link LoopFiles#add}. */
  public FixedFile file(int number) {
    return files[number];
  }

  /** A slot that was empty at first, by its number from {@link LoopFiles#addEmpty}. */
  public FixedFile emptySlot(int number) {
    return files[firstEmpty + number];
  }

  /** Takes a participant in for as long as the loop lives; its number for {@link #userData}. */
  public int register(RequestHandler handler) {
    handlers.add(handler);
    return handlers.size() - 1;
  }

  /** The user data that leads a completion to a participant, with an argument of its own. */
  public static long userData(int handler, int argument) {
    return (long) handler << 32 | Integer.toUnsignedLong(argument);
  }

  /** A timer for as long as the loop lives. */
  public LoopTimer timer(Runnable action) {
    return timers.add(action);
  }

  /** Has a participant look for work before the loop waits, each time; the only one of the loop. */
  public void pollWith(LoopPoller participant) {
    poller = participant;
  }

  /** Runs an action when all completions of this turn have been handed over; once. */
  public void atEndOfTurn(Runnable action) {
    endOfTurn.add(action);
  }

  /** Has the loop's thread run a task soon. Any thread. */
  public void execute(Runnable task) {
    tasks.add(task);
    context.wakeup();
  }

  /**
   * Runs an action on the loop's thread, and gives it what it shall run when it is done. Any
   * thread.
   *
   * @return fails with what the action threw, or with an {@link IllegalStateException} if the loop
   *     {@linkplain #hasEnded ended} before it was done
   */
  public CompletableFuture<Void> ask(Consumer<Runnable> action) {
    return questions.ask(action);
  }

  /** Asks the program to end. Any thread; {@link #ended} tells when it has. */
  public void stop() {
    execute(stopProgram);
  }

  /** Leaves the loop after this turn; for the program, when nothing of it is in flight. */
  public void finish() {
    finished = true;
  }

  /** Completes when the loop has ended and its ring is closed; exceptionally if it failed. */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  /** Whether the loop has ended. Any thread. */
  public boolean hasEnded() {
    return ended.isDone();
  }

  /** The loop's thread, for those who measure it. */
  public Thread thread() {
    return thread;
  }

  @Override
  public String toString() {
    return "EventLoop[" + thread.getName() + ", " + context + "]";
  }
}
