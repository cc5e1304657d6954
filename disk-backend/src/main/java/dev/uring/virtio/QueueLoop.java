package dev.uring.virtio;

import dev.uring.BufferPool;
import dev.uring.ContextBuilder;
import dev.uring.Descriptor;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.disk.DiskQueue;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LastFlush;
import dev.uring.disk.LoopFiles;
import dev.uring.disk.LoopProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread with a ring of its own that serves some of a device's queues. The ring holds the image
 * and is then restricted: it reaches nothing else, for as long as the device lives and however
 * often its guest starts anew.
 */
final class QueueLoop implements LoopProgram {
  private static final int ENTRIES = 256;

  /** Requests that the loop has at the disk at once; more wait in the disk's queue. */
  private static final int DISK_DEPTH = 512;

  private static final int PREPARED_PIECES = 32;
  private static final long KEPT_BYTES = 8L << 20;

  private final BlockDevice device;
  private final Descriptor image;
  private final int queueCount;
  private final List<BlockQueue> queues = new ArrayList<>();
  private int imageNumber;
  private @Nullable EventLoop loop;
  private @Nullable DiskQueue disk;
  private int stopped;
  private final LastFlush lastFlush = new LastFlush();
  private CompletableFuture<Void> ended = new CompletableFuture<>();

  private QueueLoop(BlockDevice device, Descriptor image, int queueCount) {
    this.device = device;
    this.image = image;
    this.queueCount = queueCount;
  }

  /**
   * Starts a loop for so many queues, all of which stand still.
   *
   * @param failed told the reason if the loop ends by itself, on some thread
   */
  static QueueLoop start(String name, BlockDevice device, int queueCount, Consumer<String> failed) {
    URingAllowlist allowlist =
        device.disk().isReadOnly()
            ? URingAllowlist.closedBlockDeviceReadOnly()
            : URingAllowlist.closedBlockDevice();
    ContextBuilder context =
        URingContext.builder(ENTRIES)
            .completionEntries(2 * DISK_DEPTH)
            .preparedPieces(PREPARED_PIECES)
            .allowlist(allowlist);
    try (Descriptor image = device.disk().openForQueue()) {
      QueueLoop program = new QueueLoop(device, image, queueCount);
      program.ended = watched(EventLoop.start(name, context, program), failed);
      return program;
    }
  }

  private static CompletableFuture<Void> watched(EventLoop started, Consumer<String> failed) {
    return started
        .ended()
        .whenComplete(
            (nothing, failure) -> {
              if (failure != null) {
                failed.accept("its thread has ended: " + failure.getMessage());
              }
            });
  }

  @Override
  public void register(LoopFiles files) {
    imageNumber = files.add(image);
  }

  @Override
  public void start(EventLoop started) {
    loop = started;
    DiskQueue queue = device.disk().openQueue(started, imageNumber, DISK_DEPTH);
    disk = queue;
    BufferPool buffers = new BufferPool(KEPT_BYTES);
    for (int index = 0; index < queueCount; index++) {
      queues.add(new BlockQueue(device, started, queue, buffers));
    }
  }

  @Override
  public void stop() {
    if (queues.isEmpty()) {
      flush();
    }
    for (BlockQueue queue : queues) {
      queue.stop(
          () -> {
            stopped++;
            if (stopped == queues.size()) {
              flush();
            }
          });
    }
  }

  private void flush() {
    DiskQueue queue = disk;
    if (queue != null) {
      lastFlush.thenFinish(loop(), queue);
    }
  }

  /** One of the loop's queues. */
  BlockQueue queue(int index) {
    return queues.get(index);
  }

  EventLoop loop() {
    EventLoop started = loop;
    if (started == null) {
      throw new IllegalStateException("the loop has not started");
    }
    return started;
  }

  /** Completes when the loop has ended and that was told, exceptionally if it failed. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Zero, or the errno of the last flush, once the loop has ended. */
  int flushError() {
    return lastFlush.error();
  }
}
