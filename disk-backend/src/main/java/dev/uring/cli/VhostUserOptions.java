package dev.uring.cli;

import dev.uring.vhostuser.VhostListener;
import dev.uring.vhostuser.VhostUserServerOptions;
import dev.uring.virtio.BlockOptions;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What one may ask of the disk that virtual machines get. */
final class VhostUserOptions {
  private static final int DEFAULT_QUEUES = 4;

  /** As large as QEMU can make one. */
  private static final int DEFAULT_QUEUE_SIZE = 1024;

  @Option(
      names = "--vhost-user",
      paramLabel = "PATH",
      description =
          "Serve virtual machines, one at a time, that connect to this socket (vhost-user-blk). It"
              + " has the mode 0600.")
  private @Nullable String path;

  @Option(
      names = "--queues",
      paramLabel = "N",
      description =
          "Queues that a virtual machine may use, 1 to 64 (default: 4). QEMU wants as many as it"
              + " has processors, unless it is told num-queues=N.")
  private @Nullable Integer queues;

  @Option(
      names = "--queue-size",
      paramLabel = "N",
      description =
          "Most descriptors of a queue, a power of two from 4 to 32768 (default: 1024). The"
              + " virtual machine chooses.")
  private @Nullable Integer queueSize;

  @Option(
      names = "--queue-threads",
      paramLabel = "N",
      description =
          "Threads, each with a ring, that serve the queues, 1 to 64 (default: one a queue, but no"
              + " more than there are processors).")
  private @Nullable Integer threads;

  @Option(
      names = "--no-polling",
      description =
          "Let the threads of the queues sleep at once. Otherwise they look for requests for up to"
              + " 40 microseconds before, where that has helped lately.")
  private boolean noPolling;

  @Option(
      names = "--sealed-memory",
      description =
          "Refuse virtual machines whose memory could become shorter: it has to be a memfd with"
              + " F_SEAL_SHRINK, such as QEMU's memory-backend-memfd.")
  private boolean sealedMemory;

  /**
   * What was asked; null if no virtual machines are to be served.
   *
   * @throws UsageException if an option makes no sense
   */
  @Nullable VhostUserRequest toRequest() {
    String socket = path;
    if (socket == null) {
      refuseAlone("--queues", queues);
      refuseAlone("--queue-size", queueSize);
      refuseAlone("--queue-threads", threads);
      refuseAlone("--no-polling", noPolling ? noPolling : null);
      refuseAlone("--sealed-memory", sealedMemory ? sealedMemory : null);
      return null;
    }
    int count = queues == null ? DEFAULT_QUEUES : queues;
    int descriptors = queueSize == null ? DEFAULT_QUEUE_SIZE : queueSize;
    BlockOptions options = BlockOptions.defaults();
    options = checked("--queues", count, options::withQueues);
    options = checked("--queue-size", descriptors, options::withQueueSize);
    int processors = Runtime.getRuntime().availableProcessors();
    int loops = threads == null ? Math.min(count, processors) : threads;
    options = checked("--queue-threads", loops, options::withThreads);
    Path name = path("--vhost-user", socket);
    return new VhostUserRequest(
        () -> VhostListener.open(name),
        new VhostUserServerOptions(options, sealedMemory, !noPolling));
  }

  private static void refuseAlone(String option, @Nullable Object value) {
    if (value != null) {
      throw new UsageException(option + " is for virtual machines: add --vhost-user PATH");
    }
  }

  static Path path(String option, String text) {
    if (text.isEmpty()) {
      throw new UsageException(option + " is empty: give it a name");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new UsageException(option + " cannot be a file name: " + e.getMessage(), e);
    }
  }

  /** The device as it is unless somebody asks for another. */
  static VhostUserServerOptions defaults() {
    int threads = Math.min(DEFAULT_QUEUES, Runtime.getRuntime().availableProcessors());
    return VhostUserServerOptions.of(
        BlockOptions.defaults()
            .withQueues(DEFAULT_QUEUES)
            .withThreads(threads)
            .withQueueSize(DEFAULT_QUEUE_SIZE));
  }

  private static BlockOptions checked(
      String option, int value, Function<Integer, BlockOptions> setting) {
    try {
      return setting.apply(value);
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + " " + value + " cannot be: " + e.getMessage(), e);
    }
  }
}
