package dev.uring.virtio;

import dev.uring.BufferPool;
import dev.uring.Descriptor;
import dev.uring.URingContext;
import dev.uring.disk.DiskQueue;
import dev.uring.disk.DiskRequest;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LoopFiles;
import dev.uring.disk.LoopProgram;
import dev.uring.disk.RawDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A queue over a disk that holds every request until the test lets it go. */
final class HeldQueue implements LoopProgram, DiskQueue, QueueEvents, AutoCloseable {
  final List<BlockRequest> held = new ArrayList<>();
  final List<Boolean> durable = new ArrayList<>();
  final BlockDevice device;
  private final Descriptor image;
  private final EventLoop loop;
  BlockQueue queue;
  private EventLoop running;
  final AtomicInteger notifications = new AtomicInteger();
  volatile String reason;

  HeldQueue(RawDisk disk, BlockOptions options) {
    device = new BlockDevice(disk, options);
    image = disk.openForQueue();
    loop = EventLoop.start("held", URingContext.builder(8), this);
  }

  @Override
  public void register(LoopFiles files) {
    files.add(image);
  }

  @Override
  public void start(EventLoop started) {
    running = started;
    queue = new BlockQueue(device, started, this, new BufferPool(0));
  }

  @Override
  public void stop() {
    running.finish();
  }

  @Override
  public void submit(DiskRequest request) {
    held.add((BlockRequest) request);
    durable.add(request.isDurable());
  }

  @Override
  public int inFlight() {
    return held.size();
  }

  @Override
  public void notifyDriver() {
    notifications.incrementAndGet();
  }

  @Override
  public void broken(String why) {
    reason = why;
  }

  /** Runs an action on the loop's thread; returns after the turn in which it ran. */
  <T> T on(Supplier<T> action) {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.execute(() -> running.atEndOfTurn(() -> {}));
    loop.execute(
        () -> {
          try {
            T value = action.get();
            loop.execute(() -> done.complete(value));
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    T value = done.orTimeout(20, TimeUnit.SECONDS).join();
    CompletableFuture<Void> turn = new CompletableFuture<>();
    loop.execute(() -> running.atEndOfTurn(() -> turn.complete(null)));
    turn.orTimeout(20, TimeUnit.SECONDS).join();
    return value;
  }

  void on(Runnable action) {
    on(
        () -> {
          action.run();
          return true;
        });
  }

  /** Lets one go. */
  void complete(int index, int error) {
    on(() -> held.remove(index).completed(error));
  }

  void process() {
    on(() -> queue.process());
  }

  @Override
  public void close() {
    loop.stop();
    loop.ended().orTimeout(20, TimeUnit.SECONDS).join();
    image.close();
  }
}
