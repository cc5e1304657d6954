package dev.uring.disk;

import dev.uring.Descriptor;
import dev.uring.NativeMemory;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A loop with one queue to a disk, on which a test can do things. */
final class LoopHarness implements AutoCloseable, LoopProgram {
  private final RawDisk disk;
  private final Descriptor file;
  private final int depth;
  private final EventLoop loop;
  private int number;
  private DiskQueue queue;
  private EventLoop running;

  LoopHarness(RawDisk disk, int depth) {
    this.disk = disk;
    this.depth = depth;
    this.file = disk.openForQueue();
    this.loop =
        EventLoop.start(
            "test-loop",
            URingContext.builder(64)
                .completionEntries(1024)
                .allowlist(URingAllowlist.closedBlockDevice()),
            this);
  }

  @Override
  public void register(LoopFiles files) {
    number = files.add(file);
  }

  @Override
  public void start(EventLoop started) {
    running = started;
    queue = disk.openQueue(started, number, depth);
  }

  @Override
  public void stop() {
    running.finish();
  }

  /** Runs an action on the loop's thread. */
  void onLoop(Consumer<DiskQueue> action) {
    loop.execute(() -> action.accept(queue));
  }

  EventLoop loop() {
    return loop;
  }

  @Override
  public void close() {
    loop.stop();
    loop.ended().orTimeout(30, TimeUnit.SECONDS).join();
    file.close();
  }

  /** A request that tells a future how it ended. */
  static final class Asked extends DiskRequest {
    final CompletableFuture<Integer> ended = new CompletableFuture<>();
    volatile boolean wanted = true;

    /** Called on the loop's thread, before anybody hears of the end. */
    volatile Runnable atEnd = () -> {};

    static Asked write(long offset, int length, byte value) {
      Asked request = new Asked();
      NativeMemory memory = NativeMemory.allocate(length);
      for (int index = 0; index < length; index++) {
        memory.buffer().put(index, value);
      }
      request.memory().add(memory, 0, length);
      request.prepareWrite(offset);
      return request;
    }

    static Asked read(long offset, int length) {
      Asked request = new Asked();
      request.memory().add(NativeMemory.allocate(length), 0, length);
      request.prepareRead(offset);
      return request;
    }

    static Asked of(Operation operation, long offset, long length) {
      Asked request = new Asked();
      request.prepare(operation, offset, length);
      return request;
    }

    int error() {
      return ended.orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Override
    protected boolean isWanted() {
      return wanted;
    }

    @Override
    protected void completed(int error) {
      atEnd.run();
      ended.complete(error);
    }
  }
}
