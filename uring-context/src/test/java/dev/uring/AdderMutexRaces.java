package dev.uring;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads at the adders' lock, which is given back by a plain store: what one did under it is
 * there for the next, and the lock is free in the end. {@link RacesTest} runs them.
 */
public final class AdderMutexRaces {
  private AdderMutexRaces() {}

  /** Two count under the lock. */
  @JCStressTest
  @Outcome(id = "1, 2, 2", expect = Expect.ACCEPTABLE, desc = "The first was first.")
  @Outcome(id = "2, 1, 2", expect = Expect.ACCEPTABLE, desc = "The second was first.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Both had the lock, or one did not see the other.")
  @State
  public static class LockAndLock {
    private final AdderMutex mutex = new AdderMutex();
    private int count;

    private int locked() {
      mutex.lock();
      int counted = count + 1;
      count = counted;
      mutex.unlock();
      return counted;
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = locked();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = locked();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = count;
    }
  }

  /** Two fields that are changed together are seen together. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Looked before.")
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Looked after.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Looked in between.")
  @State
  public static class WriteAndRead {
    private final AdderMutex mutex = new AdderMutex();
    private int first;
    private int second;

    @Actor
    public void writer() {
      mutex.lock();
      first = 1;
      second = 1;
      mutex.unlock();
    }

    @Actor
    public void reader(II_Result result) {
      mutex.lock();
      result.r2 = second;
      result.r1 = first;
      mutex.unlock();
    }
  }
}
