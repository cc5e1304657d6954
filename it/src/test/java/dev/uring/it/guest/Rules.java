package dev.uring.it.guest;

import java.util.Objects;

/** Runs rules one after the other, and prints a line about each. */
final class Rules {
  /** What a rule does; it fails by throwing. */
  @FunctionalInterface
  interface Rule {
    void run() throws Exception;
  }

  private int failures;

  /** Runs a rule to its end; a failure does not keep the next one from running. */
  void rule(String name, Rule rule) {
    try {
      rule.run();
      System.out.println("holds: " + name);
    } catch (Exception | AssertionError | LinkageError e) {
      failures++;
      System.out.println("FAILS: " + name);
      e.printStackTrace(System.out);
    }
  }

  /** The status for the end of the program. */
  int status() {
    return failures == 0 ? 0 : 1;
  }

  static void same(String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      throw new AssertionError(what + " should be " + expected + " and is " + actual);
    }
  }

  static void mustBe(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError("should be true: " + what);
    }
  }
}
