package dev.uring.cli;

import java.util.concurrent.CompletableFuture;

/**
 * SIGTERM, SIGINT and SIGHUP as a request to stop. The first completes {@link #first}; another ends
 * the process at once, with the status that shells give to a process ended by it.
 *
 * <p>Left to itself the virtual machine exits with 128 and the signal's number, however well the
 * program stopped; hooks can change that only by halting under the feet of the other hooks. So the
 * handlers are replaced.
 */
final class TerminationSignals {
  private static final int KILLED = 128;

  private final CompletableFuture<String> first = new CompletableFuture<>();

  private TerminationSignals() {}

  /** Takes over the three signals, but for those that the process was started to ignore. */
  static TerminationSignals install() {
    TerminationSignals signals = new TerminationSignals();
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      Signals.handle(name, number -> signals.received("SIG" + name, number));
    }
    return signals;
  }

  /** Completes with the first signal's name. */
  CompletableFuture<String> first() {
    return first;
  }

  private void received(String name, int number) {
    if (!first.complete(name)) {
      Runtime.getRuntime().halt(KILLED + number);
    }
  }
}
