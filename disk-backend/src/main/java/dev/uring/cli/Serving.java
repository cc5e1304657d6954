package dev.uring.cli;

import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A server's life in the foreground: start, say so, wait, stop. */
final class Serving {
  private final ServeRequest request;
  private final PrintWriter out;

  Serving(ServeRequest request, PrintWriter out) {
    this.request = request;
    this.out = out;
  }

  /** Returns when the server has ended as it should: the exit status. */
  int run() {
    // From the start: a signal that comes before everything is up must not leave half of it behind.
    TerminationSignals signals = TerminationSignals.install();
    DiskService service = DiskService.start(request);
    try {
      new ServeReport(service, request).print(out);
      Signals.handle("USR1", number -> service.lookAtSize(out));
      Object reason = awaitEnd(signals.first(), service.ended());
      out.println("stopping: " + (reason == null ? "the front end has gone" : reason));
    } catch (RuntimeException | Error e) {
      service.close();
      throw e;
    }
    service.stop();
    out.println("stopped: all that was acknowledged is flushed");
    return 0;
  }

  /**
   * Why it is time to stop; null if a server had nobody more to serve.
   *
   * @throws FailureException if a loop failed
   */
  static @Nullable Object awaitEnd(
      CompletableFuture<String> signal, CompletableFuture<Object> ended) {
    try {
      return CompletableFuture.anyOf(signal, ended).join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new FailureException(
          "serving ended, since the thread of a ring failed: "
              + cause
              + "; what was flushed is safe, so start it again, and report this",
          cause);
    }
  }
}
