package dev.uring;

import dev.uring.ring.Ring;
import java.time.Duration;

/** Uses contexts and a ring in a process of its own, which is told to do without the stub. */
public final class EnterByLibrary {
  static final String DONE = "all was done by way of the library";

  private static final int REQUESTS = 1000;

  private EnterByLibrary() {}

  public static void main(String[] arguments) throws Exception {
    use(Contexts.of(8, true));
    use(Contexts.of(8, false));
    try (Ring ring = Ring.builder(8).build()) {
      must(ring.submitAndWait(1, 1_000_000) < 0, "a wait of a ring ends when its time is up");
      must(
          ring.newExtendedWait().forAtMost(1_000_000).enter(0, 1) < 0,
          "an extended wait ends when its time is up");
    }
    Class<?> stub = Class.forName("dev.uring.sys.EnterStub");
    var made = stub.getDeclaredField("MADE");
    made.setAccessible(true);
    must(!made.getBoolean(null), "there is no stub");
    System.out.println(DONE);
  }

  private static void use(URingContext context) {
    try (context) {
      long[] sum = {0};
      for (int request = 0; request < REQUESTS; request++) {
        context.addNop(request);
        context.await(1, (userData, result, flags) -> sum[0] += userData);
      }
      must(sum[0] == REQUESTS * (REQUESTS - 1L) / 2, "each request completes once");
      must(
          context.await(1, Duration.ofMillis(1), Contexts.IGNORE) == 0,
          "a wait ends when its time is up");
    }
  }

  private static void must(boolean held, String rule) {
    if (!held) {
      throw new AssertionError(rule);
    }
  }
}
