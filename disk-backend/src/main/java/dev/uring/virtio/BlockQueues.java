package dev.uring.virtio;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A device's queues on threads of their own, for transports that live on other threads. Any thread
 * may call; what waits, waits for the queues' threads, and so may not be called on them.
 */
final class BlockQueues implements AutoCloseable {
  private static final int EIO = 5;

  private final BlockDevice device;
  private final Consumer<String> failed;
  private final List<QueueLoop> loops = new CopyOnWriteArrayList<>();
  private final int count;
  private boolean closed;

  /**
   * Starts the threads.
   *
   * @param failed told the reason if one of them ends by itself, on some thread
   */
  BlockQueues(BlockDevice device, Consumer<String> failed) {
    this.device = device;
    this.failed = failed;
    count = device.options().queues();
    int threads = Math.min(device.options().threads(), count);
    try {
      for (int index = 0; index < threads; index++) {
        loops.add(startLoop(index, threads));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private QueueLoop startLoop(int index, int threads) {
    int share = (count - index + threads - 1) / threads;
    return QueueLoop.start("uring-virtio-" + index, device, share, failed);
  }

  /** Starts threads anew that ended by themselves. */
  synchronized void revive() {
    for (int index = 0; index < loops.size() && !closed; index++) {
      if (loops.get(index).loop().hasEnded()) {
        loops.set(index, startLoop(index, loops.size()));
      }
    }
  }

  int count() {
    return count;
  }

  private QueueLoop loopOf(int index) {
    return loops.get(index % loops.size());
  }

  private BlockQueue queue(int index) {
    return loopOf(index).queue(index / loops.size());
  }

  private CompletableFuture<Void> on(int index, Consumer<Runnable> action) {
    return loopOf(index).loop().ask(action);
  }

  /** Starts a queue; it has begun to serve, or was told as broken, when this returns. */
  void start(int index, QueueSetup setup, GuestMemory memory, QueueEvents events) {
    on(
            index,
            done -> {
              queue(index).start(setup, memory, events);
              done.run();
            })
        .join();
  }

  /** Stops a queue, and returns when all that was in flight has been given back. */
  void stop(int index) {
    on(index, done -> queue(index).stop(done)).join();
  }

  /** Stops all queues, as {@link #stop(int)}. Of a thread that has ended nothing is in flight. */
  void stopAll() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      int number = index;
      all.add(on(index, done -> queue(number).stop(done)));
    }
    all.forEach(stopped -> stopped.exceptionally(failure -> null).join());
  }

  void kick(int index) {
    queue(index).kick();
  }

  /** Completes when no queue uses the map before any more. */
  CompletableFuture<Void> changeMemory(GuestMemory memory) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      int number = index;
      all.add(on(index, done -> queue(number).changeMemory(memory, done)));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
  }

  /** The threads, for those who measure them. */
  List<Thread> threads() {
    return loops.stream().map(loop -> loop.loop().thread()).toList();
  }

  /**
   * Finishes what is in flight, flushes and ends the threads.
   *
   * @return zero, or the errno of a flush that failed or of a loop that had
   */
  synchronized int stop() {
    if (closed) {
      return 0;
    }
    closed = true;
    int error = 0;
    for (QueueLoop loop : loops) {
      loop.loop().stop();
    }
    for (QueueLoop loop : loops) {
      try {
        loop.ended().join();
        error = error == 0 ? loop.flushError() : error;
      } catch (CompletionException e) {
        error = error == 0 ? EIO : error;
      }
    }
    return error;
  }

  @Override
  public void close() {
    stop();
  }
}
