package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.ring.PolicyObservation;
import dev.uring.virtio.BlockDevice;
import dev.uring.virtio.GuestMemory;
import dev.uring.virtio.QueueSetup;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A device's queues on their threads, as the connection's thread sees them: each method returns
 * when the queues have done it. What goes wrong is a {@link VhostException}.
 */
final class VhostQueues {
  private static final Logger LOGGER = System.getLogger(VhostQueues.class.getName());

  private static final int EIO = 5;

  /** A guest can break queues for ever; the log need not hear of it for ever. */
  private static final int MOST_WARNINGS = 10;

  private final BlockDevice device;
  private final Consumer<PolicyObservation> observer;
  private final AtomicInteger warnings = new AtomicInteger();
  private final List<VhostLoop> loops = new ArrayList<>();
  private final int count;
  private final boolean polling;

  /** Starts the threads. */
  VhostQueues(BlockDevice device, boolean polling, Consumer<PolicyObservation> observer) {
    this.device = device;
    this.polling = polling;
    this.observer = observer;
    count = device.options().queues();
    int threads = Math.min(device.options().threads(), count);
    try {
      for (int index = 0; index < threads; index++) {
        loops.add(startLoop(index, threads));
      }
    } catch (RuntimeException | Error e) {
      int unused = stop();
      throw e;
    }
  }

  private VhostLoop startLoop(int index, int threads) {
    int share = (count - index + threads - 1) / threads;
    return VhostLoop.start("uring-vhost-" + index, device, share, polling, observer, this::warn);
  }

  private void warn(String reason) {
    if (warnings.getAndIncrement() < MOST_WARNINGS) {
      LOGGER.log(Level.WARNING, "{0}: the guest broke a queue: {1}", device.disk(), reason);
    }
  }

  int count() {
    return count;
  }

  /** The most descriptors that a queue may have. */
  int largestQueue() {
    return device.options().queueSize();
  }

  private VhostLoop loopOf(int index) {
    return loops.get(index % loops.size());
  }

  private VhostQueue queue(int index) {
    return loopOf(index).queue(index / loops.size());
  }

  private static void join(CompletableFuture<Void> answer) {
    try {
      answer.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new VhostException(String.valueOf(cause.getMessage()), cause);
    }
  }

  private void on(int index, Consumer<Runnable> action) {
    join(loopOf(index).loop().ask(action));
  }

  private void onAll(AllQueues action) {
    List<CompletableFuture<Void>> all =
        IntStream.range(0, count)
            .mapToObj(index -> loopOf(index).loop().ask(done -> action.run(queue(index), done)))
            .toList();
    // One that failed must not keep this from waiting for the others.
    CompletableFuture<Void> together =
        CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    join(together);
  }

  /** What is to be done with each queue, on its thread. */
  private interface AllQueues {
    void run(VhostQueue queue, Runnable done);
  }

  /**
   * Starts a queue where its used ring says that it was left. Only the queue's thread looks: of
   * memory that is gone a thread may die late, and that one can be started anew.
   */
  void start(int index, QueueSetup setup, GuestMemory memory, @Nullable Descriptor kick) {
    on(
        index,
        done -> {
          queue(index).start(QueueSetup.resumed(setup, memory), memory, kick);
          done.run();
        });
  }

  /** Stops a queue when what is in flight has been given back; the available index it got to. */
  int stop(int index) {
    int[] available = new int[1];
    on(
        index,
        done ->
            queue(index)
                .stop(
                    () -> {
                      available[0] = queue(index).availableIndex();
                      done.run();
                    }));
    return available[0];
  }

  void setCall(int index, @Nullable Descriptor call) {
    on(
        index,
        done -> {
          queue(index).setCall(call);
          done.run();
        });
  }

  void changeMemory(GuestMemory memory) {
    onAll((queue, done) -> queue.changeMemory(memory, done));
  }

  /**
   * Stops all queues and lets go of the front end's descriptors. Of a thread that has ended nothing
   * is in flight, and it is started anew.
   */
  void release() {
    try {
      onAll((queue, done) -> queue.stop(() -> queue.release(done)));
    } catch (VhostException e) {
      LOGGER.log(Level.WARNING, "{0}: {1}; it is started anew", device.disk(), e.getMessage());
    }
    for (int index = 0; index < loops.size(); index++) {
      if (loops.get(index).loop().hasEnded()) {
        loops.set(index, startLoop(index, loops.size()));
      }
    }
    warnings.set(0);
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
  int stop() {
    int error = 0;
    for (VhostLoop loop : loops) {
      loop.loop().stop();
    }
    for (VhostLoop loop : loops) {
      try {
        loop.ended().join();
        error = error == 0 ? loop.flushError() : error;
      } catch (CompletionException e) {
        error = error == 0 ? EIO : error;
      }
    }
    return error;
  }
}
