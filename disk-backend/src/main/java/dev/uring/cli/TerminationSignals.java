package dev.uring.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;

/**
 * SIGTERM, SIGINT and SIGHUP as a request to stop. The first completes {@link #first}; another ends
 * the process at once, with the status that shells give to a process ended by it.
 *
 * <p>Left to itself the virtual machine exits with 128 and the signal's number, however well the
 * program stopped; hooks can change that only by halting under the feet of the other hooks. So the
 * handlers are replaced. {@code sun.misc.Signal} is supported ({@code jdk.unsupported}) but draws a
 * warning that cannot be silenced, hence the reflection.
 */
final class TerminationSignals {
  private static final int KILLED = 128;

  private final CompletableFuture<String> first = new CompletableFuture<>();

  private TerminationSignals() {}

  /** Takes over the three signals, but for those that the process was started to ignore. */
  static TerminationSignals install() {
    TerminationSignals signals = new TerminationSignals();
    try {
      for (String name : new String[] {"TERM", "INT", "HUP"}) {
        signals.handle(name);
      }
    } catch (ReflectiveOperationException e) {
      throw new FailureException(
          "this Java runtime lacks the module jdk.unsupported, which signals need: use a JDK", e);
    }
    return signals;
  }

  /** Completes with the first signal's name. */
  CompletableFuture<String> first() {
    return first;
  }

  private void handle(String name) throws ReflectiveOperationException {
    Class<?> signalClass = Class.forName("sun.misc.Signal");
    Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
    Object signal = signalClass.getConstructor(String.class).newInstance(name);
    int number = (int) signalClass.getMethod("getNumber").invoke(signal);
    Object handler =
        Proxy.newProxyInstance(
            handlerClass.getClassLoader(),
            new Class<?>[] {handlerClass},
            (proxy, method, arguments) -> {
              received("SIG" + name, number);
              return null;
            });
    try {
      signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
    } catch (InvocationTargetException e) {
      if (!(e.getCause() instanceof IllegalArgumentException)) {
        throw e;
      }
      // Reserved for another purpose (java -Xrs): then the one who did that ends the process.
    }
  }

  private void received(String name, int number) {
    if (!first.complete(name)) {
      Runtime.getRuntime().halt(KILLED + number);
    }
  }
}
