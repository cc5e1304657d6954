package dev.uring.disk;

import dev.uring.Descriptor;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import org.jspecify.annotations.Nullable;

/** The thread of an {@link EmbeddedDisk}, with a ring that can reach the image and nothing else. */
final class EmbeddedLoop implements LoopProgram {
  private static final int ENTRIES = 128;
  private static final int DISK_DEPTH = 256;

  private final RawDisk disk;
  private final Descriptor image;
  private int imageNumber;
  private @Nullable EventLoop loop;
  private @Nullable DiskQueue queue;
  private boolean stopping;
  private int begun;
  private final LastFlush lastFlush = new LastFlush();

  private EmbeddedLoop(RawDisk disk, Descriptor image) {
    this.disk = disk;
    this.image = image;
  }

  static EmbeddedLoop start(RawDisk disk) {
    URingAllowlist allowlist =
        disk.isReadOnly()
            ? URingAllowlist.closedBlockDeviceReadOnly()
            : URingAllowlist.closedBlockDevice();
    try (Descriptor image = disk.openForQueue()) {
      EmbeddedLoop program = new EmbeddedLoop(disk, image);
      EventLoop unused =
          EventLoop.start(
              "uring-disk",
              URingContext.builder(ENTRIES).completionEntries(2 * DISK_DEPTH).allowlist(allowlist),
              program);
      return program;
    }
  }

  @Override
  public void register(LoopFiles files) {
    imageNumber = files.add(image);
  }

  @Override
  public void start(EventLoop started) {
    queue = disk.openQueue(started, imageNumber, DISK_DEPTH);
    loop = started;
  }

  /** Any thread. */
  void submit(BlockingRequest request) {
    loop().execute(request);
  }

  /** On the loop's thread. */
  void begin(BlockingRequest request) {
    DiskQueue disks = queue;
    if (stopping || disks == null) {
      request.end(BlockingRequest.NEVER_BEGUN);
    } else {
      begun++;
      disks.submit(request);
    }
  }

  /** A request has ended, on the loop's thread. */
  void ended() {
    begun--;
    flushIfDue();
  }

  @Override
  public void stop() {
    if (!stopping) {
      stopping = true;
      flushIfDue();
    }
  }

  private void flushIfDue() {
    DiskQueue disks = queue;
    if (stopping && begun == 0 && disks != null) {
      lastFlush.thenFinish(loop(), disks);
    }
  }

  EventLoop loop() {
    EventLoop started = loop;
    if (started == null) {
      throw new IllegalStateException("the loop has not started");
    }
    return started;
  }

  boolean hasEnded() {
    return loop().hasEnded();
  }

  /**
   * Ends the loop once what has begun is finished and flushed.
   *
   * @return the errno of that flush, or zero
   * @throws java.util.concurrent.CompletionException if the loop had failed
   */
  int finish() {
    loop().stop();
    loop().ended().join();
    return lastFlush.error();
  }
}
