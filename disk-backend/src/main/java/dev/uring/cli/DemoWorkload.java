package dev.uring.cli;

import dev.uring.nbd.NbdClient;
import dev.uring.nbd.NbdPipeline;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/** The rows of the demonstration's table. Reads and writes keep so many requests in flight. */
enum DemoWorkload {
  READ_ONE("read   4 KiB, 1 in flight", false, 4096, 1, false),
  READ_MANY("read   4 KiB, 32 in flight", false, 4096, 32, false),
  READ_SEQUENTIAL("read   256 KiB, sequential", false, 256 << 10, 4, true),
  WRITE_ONE("write  4 KiB, 1 in flight", true, 4096, 1, false),
  WRITE_MANY("write  4 KiB, 32 in flight", true, 4096, 32, false),
  WRITE_SEQUENTIAL("write  256 KiB, sequential", true, 256 << 10, 4, true);

  private static final long WARM_UP_NANOSECONDS = 150_000_000;
  private static final long MEASURED_NANOSECONDS = 350_000_000;

  /** More than any machine answers in that time; what is beyond goes unrecorded. */
  private static final int MOST_SAMPLES = 1 << 19;

  private final String label;
  private final boolean write;
  private final int bytes;
  private final int depth;
  private final boolean sequential;

  DemoWorkload(String label, boolean write, int bytes, int depth, boolean sequential) {
    this.label = label;
    this.write = write;
    this.bytes = bytes;
    this.depth = depth;
    this.sequential = sequential;
  }

  static String heading() {
    return String.format(
        Locale.ROOT, "  %-28s%12s%10s%10s%10s", "", "requests/s", "MiB/s", "p50 us", "p99 us");
  }

  /** Runs for half a second; a row of the table. */
  String measure(NbdClient client, long size) throws IOException {
    NbdPipeline pipeline = client.pipeline(depth, bytes);
    Run run = new Run(pipeline, size);
    run.forNanoseconds(WARM_UP_NANOSECONDS);
    run.count = 0;
    long taken = run.forNanoseconds(MEASURED_NANOSECONDS);
    double perSecond = run.count * 1e9 / taken;
    int samples = Math.min(run.count, MOST_SAMPLES);
    Arrays.sort(run.latencies, 0, samples);
    return String.format(
        Locale.ROOT,
        "  %-28s%12.0f%10.1f%10.1f%10.1f",
        label,
        perSecond,
        perSecond * bytes / (1 << 20),
        microseconds(run.latencies, samples, 0.50),
        microseconds(run.latencies, samples, 0.99));
  }

  private static double microseconds(long[] sorted, int samples, double part) {
    int rank = (int) Math.ceil(samples * part);
    return sorted[Math.max(rank - 1, 0)] / 1e3;
  }

  /** The requests of one row. */
  private final class Run {
    final long[] latencies = new long[MOST_SAMPLES];
    final long[] started = new long[depth];
    final NbdPipeline pipeline;
    final SplittableRandom random = new SplittableRandom(bytes + depth);
    final long blocks;
    long next;
    int count;

    Run(NbdPipeline pipeline, long size) {
      this.pipeline = pipeline;
      this.blocks = size / bytes;
    }

    /** Returns the time it took, which the last requests in flight make a little longer. */
    long forNanoseconds(long wanted) throws IOException {
      long start = System.nanoTime();
      for (int slot = 0; slot < depth; slot++) {
        begin(slot, start);
      }
      long now = start;
      while (pipeline.inFlight() > 0) {
        int slot = pipeline.await();
        now = System.nanoTime();
        if (pipeline.error(slot) != 0) {
          throw new IOException("a request was answered with the error " + pipeline.error(slot));
        }
        if (count < MOST_SAMPLES) {
          latencies[count] = now - started[slot];
        }
        count++;
        if (now - start < wanted) {
          begin(slot, now);
        }
      }
      return now - start;
    }

    private void begin(int slot, long now) throws IOException {
      long block = sequential ? next++ % blocks : random.nextLong(blocks);
      started[slot] = now;
      if (write) {
        pipeline.write(slot, block * bytes, bytes, 0);
      } else {
        pipeline.read(slot, block * bytes, bytes);
      }
    }
  }
}
