package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A thread that runs an action, and of which others can see whether it waits in the kernel. */
final class WaitingThread {
  private static final long PATIENCE_SECONDS = 60;

  /** The number of io_uring_enter, as /proc shows it. */
  private static final String ENTER = "426 ";

  /** An action that gives a result. */
  interface Action<T> {
    T run() throws Exception;
  }

  private final Thread thread;
  private final CompletableFuture<Integer> number = new CompletableFuture<>();
  private final CompletableFuture<Object> result = new CompletableFuture<>();

  private WaitingThread(Action<?> action) {
    thread =
        new Thread(
            () -> {
              number.complete(LinuxCalls.C.gettid());
              try {
                result.complete(action.run());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "waiting");
    thread.setDaemon(true);
  }

  static WaitingThread start(Action<?> action) {
    WaitingThread started = new WaitingThread(action);
    started.thread.start();
    return started;
  }

  Thread thread() {
    return thread;
  }

  /** The kernel's number of the thread. */
  int number() {
    return number.join();
  }

  /** Returns when the thread sleeps in io_uring_enter. */
  WaitingThread untilItWaits() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!sleepsInEnter()) {
      assertThat(result).as("the thread waits, and has not ended").isNotDone();
      assertThat(System.nanoTime()).as("the thread waits soon").isLessThan(deadline);
      Thread.onSpinWait();
    }
    return this;
  }

  private boolean sleepsInEnter() {
    return isReady() && read("syscall").startsWith(ENTER) && read("stat").contains(") S ");
  }

  /** Whether the thread with this number, which has not ended, sleeps in io_uring_enter. */
  static boolean sleepsInEnter(int number) {
    return read(number, "syscall").startsWith(ENTER) && read(number, "stat").contains(") S ");
  }

  private boolean isReady() {
    return number.isDone();
  }

  /** How often it went to sleep by itself. */
  long sleeps() {
    return read("status")
        .lines()
        .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElseThrow();
  }

  private String read(String file) {
    try {
      return read(number(), file);
    } catch (UncheckedIOException e) {
      if (result.isDone()) {
        return "";
      }
      throw e;
    }
  }

  private static String read(int number, String file) {
    try {
      return Files.readString(Path.of("/proc/self/task/" + number + "/" + file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isDone() {
    return result.isDone();
  }

  /** What the action gave; what it threw is thrown, and so is that it does not end. */
  Object result() throws Exception {
    try {
      return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception exception) {
        throw exception;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new AssertionError("the thread has not ended after " + PATIENCE_SECONDS + " s", e);
    }
  }

  /** Returns when the thread is gone, for the kernel too. */
  void untilItHasExited() throws Exception {
    Object unused = result();
    thread.join();
    while (Files.exists(Path.of("/proc/self/task/" + number()))) {
      Thread.onSpinWait();
    }
  }
}
