package dev.uring;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Virtual threads, on a Java that has them. */
final class VirtualThread {
  private VirtualThread() {}

  /** Runs an action on a virtual thread; null if this Java has none. */
  static Thread start(Runnable action) throws Exception {
    Method start;
    try {
      start = Thread.class.getMethod("startVirtualThread", Runnable.class);
    } catch (NoSuchMethodException e) {
      return null;
    }
    try {
      return (Thread) start.invoke(null, action);
    } catch (InvocationTargetException e) {
      throw new AssertionError(e);
    }
  }
}
