package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.EventLoop;
import dev.uring.disk.HeapUse;
import dev.uring.disk.ImageOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class AllocationTest {
  private static final int DEPTH = 32;
  private static final int BLOCK = 4096;
  private static final int SIZE = 16 << 20;
  private static final int WARM_UP = 200_000;
  private static final int MEASURED = 1_000_000;

  @TempDir Path directory;

  @Test
  @Timeout(600)
  void the_loop_threads_allocate_nothing_over_a_million_requests() throws Exception {
    NbdServerOptions options = NbdServerOptions.defaults().withThreads(2);
    try (ServedDisk disk = ServedDisk.start(directory, SIZE, ImageOptions.defaults(), options);
        NbdClient one = disk.client();
        NbdClient other = disk.client()) {
      NbdPipeline first = one.pipeline(DEPTH, BLOCK);
      NbdPipeline second = other.pipeline(DEPTH, BLOCK);
      run(first, WARM_UP);
      run(second, WARM_UP);
      HeapUse.mustBeNone(
          disk.server.loops().stream().map(EventLoop::thread).toList(),
          MEASURED,
          () -> {
            run(first, MEASURED / 2);
            run(second, MEASURED / 2);
          });
    }
  }

  /** Three reads to one write, and now and then a flush. */
  private static void run(NbdPipeline pipeline, int requests) throws Exception {
    int sent = 0;
    while (sent < DEPTH) {
      send(pipeline, sent, sent);
      sent++;
    }
    while (pipeline.inFlight() > 0) {
      int slot = pipeline.await();
      assertThat(pipeline.error(slot)).isZero();
      if (sent < requests) {
        send(pipeline, slot, sent);
        sent++;
      }
    }
  }

  private static void send(NbdPipeline pipeline, int slot, int number) throws Exception {
    long offset = (number * 7919L * BLOCK) % SIZE;
    if (number % 50_000 == 49_999) {
      pipeline.flush(slot);
    } else if (number % 4 == 3) {
      pipeline.write(slot, offset, BLOCK, 0);
    } else {
      pipeline.read(slot, offset, BLOCK);
    }
  }
}
