package dev.uring.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Handlers of signals. {@code sun.misc.Signal} is supported ({@code jdk.unsupported}) but draws a
 * warning that cannot be silenced, hence the reflection.
 */
final class Signals {
  private Signals() {}

  /**
   * Has an action run, on a thread of its own, each time that a signal comes. Not where the process
   * was started to ignore it, nor where somebody else has it (java -Xrs).
   *
   * @param name without SIG
   * @param action gets the signal's number
   */
  static void handle(String name, IntConsumer action) {
    try {
      install(name, action);
    } catch (ReflectiveOperationException e) {
      throw new FailureException(
          "this Java runtime lacks the module jdk.unsupported, which signals need: use a JDK", e);
    }
  }

  private static void install(String name, IntConsumer action) throws ReflectiveOperationException {
    Class<?> signalClass = Class.forName("sun.misc.Signal");
    Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
    Object signal = signalClass.getConstructor(String.class).newInstance(name);
    int number = (int) signalClass.getMethod("getNumber").invoke(signal);
    Object handler =
        Proxy.newProxyInstance(
            handlerClass.getClassLoader(),
            new Class<?>[] {handlerClass},
            (proxy, method, arguments) -> {
              action.accept(number);
              return null;
            });
    try {
      signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
    } catch (InvocationTargetException e) {
      if (!(e.getCause() instanceof IllegalArgumentException)) {
        throw e;
      }
      // Reserved for another purpose: then the one who did that handles it.
    }
  }
}
