package dev.uring.vhostuser;

import dev.uring.BufferPool;
import dev.uring.ContextBuilder;
import dev.uring.Descriptor;
import dev.uring.URingContext;
import dev.uring.disk.DiskQueue;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LastFlush;
import dev.uring.disk.LoopFiles;
import dev.uring.disk.LoopProgram;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.TaskRestrictions;
import dev.uring.virtio.BlockDevice;
import dev.uring.virtio.BlockQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread with a ring of its own that serves some of a device's queues, for one front end after
 * the other. The ring holds the image and two slots a queue for the front end's eventfds.
 */
final class VhostLoop implements LoopProgram {
  private static final int ENTRIES = 256;

  /** Requests that the loop has at the disk at once; more wait in the disk's queue. */
  private static final int DISK_DEPTH = 512;

  private static final int PREPARED_PIECES = 32;
  private static final long KEPT_BYTES = 8L << 20;

  private final BlockDevice device;
  private final Descriptor image;
  private final Descriptor parked;
  private final int queueCount;
  private final boolean polling;
  private final Consumer<String> broken;
  private final List<VhostQueue> queues = new ArrayList<>();
  private final CompletableFuture<EventLoop> running = new CompletableFuture<>();
  private int imageNumber;
  private int firstSlot;
  private int stopped;
  private @Nullable DiskQueue disk;
  private final LastFlush lastFlush = new LastFlush();
  private CompletableFuture<Void> ended = new CompletableFuture<>();

  private VhostLoop(
      BlockDevice device,
      Descriptor image,
      Descriptor parked,
      int queueCount,
      boolean polling,
      Consumer<String> broken) {
    this.polling = polling;
    this.device = device;
    this.image = image;
    this.parked = parked;
    this.queueCount = queueCount;
    this.broken = broken;
  }

  /**
   * Starts a loop for so many queues, all of which stand still.
   *
   * @param polling whether the loop looks at its queues for a while before it sleeps
   * @param observer gets what the ring was found to permit
   * @param broken told why, if a queue broke; on the loop's thread
   */
  static VhostLoop start(
      String name,
      BlockDevice device,
      int queueCount,
      boolean polling,
      Consumer<PolicyObservation> observer,
      Consumer<String> broken) {
    ContextBuilder context =
        URingContext.builder(ENTRIES)
            .completionEntries(2 * DISK_DEPTH)
            .preparedPieces(PREPARED_PIECES)
            .allowlist(VhostUserServer.allowlist())
            .observePolicy(observer);
    Descriptor parked = Descriptor.eventFd(0);
    try (Descriptor image = device.disk().openForQueue()) {
      VhostLoop program = new VhostLoop(device, image, parked, queueCount, polling, broken);
      EventLoop started = EventLoop.start(name, context, program);
      program.ended = started.ended().whenComplete((nothing, failure) -> parked.close());
      return program;
    } catch (RuntimeException | Error e) {
      parked.close();
      throw e;
    }
  }

  @Override
  public void register(LoopFiles files) {
    imageNumber = files.add(image);
    firstSlot = files.addEmpty(2 * queueCount);
  }

  @Override
  public void start(EventLoop loop) {
    // Where the kernel can: the ring that this thread has is to be its last that can do anything.
    TaskRestrictions.ofThisThread().denyFurtherRings();
    DiskQueue way = device.disk().openQueue(loop, imageNumber, DISK_DEPTH);
    disk = way;
    BufferPool buffers = new BufferPool(KEPT_BYTES);
    QueuePolling looking = polling ? new QueuePolling(loop.context()::submit) : null;
    if (looking != null) {
      loop.pollWith(looking);
    }
    VhostQueue.Host host = new VhostQueue.Host(loop, parked, broken, looking);
    for (int index = 0; index < queueCount; index++) {
      int slot = firstSlot + 2 * index;
      queues.add(
          new VhostQueue(
              host,
              new BlockQueue(device, loop, way, buffers),
              loop.emptySlot(slot),
              loop.emptySlot(slot + 1)));
    }
    running.complete(loop);
  }

  /** One of the loop's queues, to be used on its thread. */
  VhostQueue queue(int index) {
    return queues.get(index);
  }

  EventLoop loop() {
    return running.join();
  }

  @Override
  public void stop() {
    for (VhostQueue queue : queues) {
      queue.stop(
          () ->
              queue.release(
                  () -> {
                    stopped++;
                    if (stopped == queues.size()) {
                      flush();
                    }
                  }));
    }
  }

  private void flush() {
    DiskQueue way = disk;
    if (way != null) {
      lastFlush.thenFinish(loop(), way);
    }
  }

  /** Completes when the loop has ended, exceptionally if it failed. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Zero, or the errno of the last flush, once the loop has ended. */
  int flushError() {
    return lastFlush.error();
  }
}
