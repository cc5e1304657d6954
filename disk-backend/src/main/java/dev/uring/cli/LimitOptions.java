package dev.uring.cli;

import dev.uring.nbd.NbdServerOptions;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** What one may ask of the server's size: every number is a limit on what clients can hold. */
final class LimitOptions {
  private static final NbdServerOptions DEFAULTS = NbdServerOptions.defaults();
  private static final int LONGEST_SECONDS = 3600;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Rings, each with a thread of its own: 1 to 64 (default: one a processor, 4 at most:"
              + " ${DEFAULT-VALUE}).")
  private int threads = DEFAULTS.threads();

  @Option(
      names = "--connections",
      paramLabel = "N",
      description =
          "Clients at once, 1 to 4096 (default: ${DEFAULT-VALUE}). One more is hung up on.")
  private int connections = DEFAULTS.connections();

  @Option(
      names = "--in-flight",
      paramLabel = "BYTES",
      converter = Bytes.Converter.class,
      description =
          "Memory that one client's requests may hold at once, 1 to 1T (default:"
              + " ${DEFAULT-VALUE}); never less than one request of the maximal size takes.")
  private Bytes inFlight = new Bytes(DEFAULTS.inFlightBytes());

  @Option(
      names = "--memory",
      paramLabel = "BYTES",
      converter = Bytes.Converter.class,
      description =
          "Memory that all clients' requests together may hold at once, 1 to 1T (default:"
              + " ${DEFAULT-VALUE}); who finds it all taken by others is told ENOMEM.")
  private Bytes memory = new Bytes(DEFAULTS.memory());

  @Option(
      names = "--max-request",
      paramLabel = "BYTES",
      converter = Bytes.Converter.class,
      description =
          "Largest read or write, a power of two from 64K to 32M (default: ${DEFAULT-VALUE}).")
  private Bytes maximumRequest = new Bytes(DEFAULTS.maximumRequest());

  @Option(
      names = "--handshake-timeout",
      paramLabel = "SECONDS",
      description =
          "How long a client may take to choose an export, 1 to 3600 (default: ${DEFAULT-VALUE}).")
  private long handshakeSeconds = DEFAULTS.handshakeTimeout().toSeconds();

  @Option(
      names = "--message-timeout",
      paramLabel = "SECONDS",
      description =
          "How long a message may take from its first byte to its last, 1 to 3600 (default:"
              + " ${DEFAULT-VALUE}).")
  private long messageSeconds = DEFAULTS.messageTimeout().toSeconds();

  /**
   * What was asked.
   *
   * @throws UsageException if a number is out of its range
   */
  NbdServerOptions toServerOptions() {
    NbdServerOptions options = DEFAULTS;
    options = checked("--threads", threads, options::withThreads);
    options = checked("--connections", connections, options::withConnections);
    NbdServerOptions counted = options;
    options = checked("--in-flight", inFlight, bytes -> counted.withInFlightBytes(bytes.value()));
    NbdServerOptions shared = options;
    options = checked("--memory", memory, bytes -> shared.withMemory(bytes.value()));
    NbdServerOptions lent = options;
    options = checked("--max-request", maximumRequest, bytes -> withMaximumRequest(lent, bytes));
    return options
        .withHandshakeTimeout(seconds("--handshake-timeout", handshakeSeconds))
        .withMessageTimeout(seconds("--message-timeout", messageSeconds));
  }

  private static NbdServerOptions withMaximumRequest(NbdServerOptions options, Bytes bytes) {
    // What does not fit into the type is out of the range too, and is said to be so.
    return options.withMaximumRequest((int) Math.min(bytes.value(), Integer.MAX_VALUE));
  }

  private static <T> NbdServerOptions checked(
      String option, T value, Function<T, NbdServerOptions> setting) {
    try {
      return setting.apply(value);
    } catch (IllegalArgumentException e) {
      throw new UsageException(option + " " + value + " cannot be: " + e.getMessage(), e);
    }
  }

  private static Duration seconds(String option, long value) {
    if (value < 1 || value > LONGEST_SECONDS) {
      throw new UsageException(
          option + " " + value + " is out of range: give 1 to " + LONGEST_SECONDS + " seconds");
    }
    return Duration.ofSeconds(value);
  }
}
