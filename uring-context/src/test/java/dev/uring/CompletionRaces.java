package dev.uring;

import dev.uring.ring.SimulatedCompletions;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads, or a thread and the kernel, at one completion queue: each completion is had once,
 * with its own user data and result. {@link RacesTest} runs them.
 *
 * <p>A completion is written as its user data, plus ten if more of its request follow; zero means
 * that none was had, and {@link #MIXED} that the result is not that of the user data's request.
 */
public final class CompletionRaces {
  /** Of a result: it belongs to another request than the user data. */
  static final int MIXED = -1;

  private static final int MORE = 1 << 1;

  /** The indices wrap in each race. */
  private static final int FIRST_INDEX = -1;

  private static final int POST_ATTEMPTS = 100;

  private CompletionRaces() {}

  /** A completion side, and the kernel that feeds it. */
  abstract static class Simulation {
    final SimulatedCompletions kernel;
    final InFlightTable table;
    final CompleteRing complete;

    Simulation(int entries, int places) {
      kernel = new SimulatedCompletions(entries, FIRST_INDEX);
      table = new InFlightTable(places, true);
      complete = new CompleteRing(kernel.queue(), table, true, () -> false);
    }

    final int add(int userData) {
      long token = table.take(userData);
      if (token == InFlightTable.NO_TOKEN) {
        throw new IllegalStateException("no place is free");
      }
      return InFlightTable.placeOf(token);
    }

    /** The kernel completes a request; its result follows from its user data. */
    final boolean post(int place, int userData, int flags) {
      return kernel.post(table.token(place), -userData, flags);
    }

    final int pop() {
      return pop(1);
    }

    /** Several, as one number: the digits are completions in the order in which they came. */
    final int pop(int limit) {
      int[] had = {0};
      complete.drain(
          (userData, result, flags) -> {
            int more = (flags & MORE) != 0 ? 10 : 0;
            int one = result == -userData ? (int) userData + more : MIXED;
            had[0] = had[0] * 10 + one;
          },
          limit,
          limit,
          TestVisitors.alone());
      return had[0];
    }
  }

  /** Two pop runs. */
  @JCStressTest
  @Outcome(id = "123, 4, 0", expect = Expect.ACCEPTABLE, desc = "The first was first.")
  @Outcome(id = "4, 123, 0", expect = Expect.ACCEPTABLE, desc = "The other was.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "One was had twice, or lost, or mixed up.")
  @State
  public static class RunAndRun extends Simulation {
    public RunAndRun() {
      super(4, 4);
      for (int userData = 1; userData <= 4; userData++) {
        post(add(userData), userData, 0);
      }
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = pop(3);
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = pop(3);
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = table.inFlight();
    }
  }

  /** One pops a run, while the other pops the first and has its place and entry used again. */
  @JCStressTest
  @Outcome(id = "12, 0, 0", expect = Expect.ACCEPTABLE, desc = "The run was first.")
  @Outcome(id = "2, 1, 3", expect = Expect.ACCEPTABLE, desc = "The later one is still there.")
  @Outcome(id = "23, 1, 0", expect = Expect.ACCEPTABLE, desc = "The run had the later one.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "One was had twice, or lost, or mixed up.")
  @State
  public static class RunAndPlaceUsedAgain extends Simulation {
    public RunAndPlaceUsedAgain() {
      super(2, 2);
      post(add(1), 1, 0);
      post(add(2), 2, 0);
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = pop(4);
    }

    @Actor
    public void otherAndKernel(III_Result result) {
      result.r2 = pop();
      if (result.r2 == 1) {
        post(add(3), 3, 0);
      }
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = pop(4);
    }
  }

  /** Two pop two. */
  @JCStressTest
  @Outcome(id = "1, 2, 0", expect = Expect.ACCEPTABLE, desc = "In one order.")
  @Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "In the other.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "One was had twice, or lost, or mixed up.")
  @State
  public static class PopAndPop extends Simulation {
    public PopAndPop() {
      super(2, 2);
      post(add(1), 1, 0);
      post(add(2), 2, 0);
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = pop();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = pop();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = table.inFlight();
    }
  }

  /** Two pop one. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The first had it.")
  @Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "The second had it.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Had by both, or by nobody.")
  @State
  public static class PopTheLast extends Simulation {
    public PopTheLast() {
      super(1, 1);
      post(add(1), 1, 0);
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = pop();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = pop();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = table.inFlight();
    }
  }

  /** The place and the entry are used again at once, for a later request. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The first had it; none came after.")
  @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "The later one is still there.")
  @Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "Each had one.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "One was had twice, or lost, or mixed up.")
  @State
  public static class PlaceUsedAgain extends Simulation {
    public PlaceUsedAgain() {
      super(1, 1);
      post(add(1), 1, 0);
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = pop();
    }

    @Actor
    public void otherAndKernel(III_Result result) {
      result.r2 = pop();
      if (result.r2 == 1) {
        post(add(2), 2, 0);
      }
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = pop();
    }
  }

  /** The kernel overwrites an entry as soon as the head permits it. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "The kernel came after the pop.")
  @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The kernel gave up before it.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The later completion was had for the earlier.")
  @State
  public static class EntryOverwritten extends Simulation {
    private final int later;

    public EntryOverwritten() {
      super(1, 2);
      post(add(1), 1, 0);
      later = add(2);
    }

    @Actor
    public void one(II_Result result) {
      result.r1 = pop();
    }

    @Actor
    public void kernel() {
      int attempt = 0;
      while (!post(later, 2, 0) && attempt < POST_ATTEMPTS) {
        attempt++;
      }
    }

    @Arbiter
    public void left(II_Result result) {
      result.r2 = pop();
    }
  }

  /** What the kernel releases is seen whole. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Too early.")
  @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "Just in time.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "An entry was read before it was there.")
  @State
  public static class KernelPosts extends Simulation {
    private final int first;
    private final int second;

    public KernelPosts() {
      super(2, 2);
      first = add(1);
      second = add(2);
    }

    @Actor
    public void kernel() {
      post(first, 1, 0);
      post(second, 2, 0);
    }

    @Actor
    public void one(II_Result result) {
      result.r1 = pop();
    }

    @Arbiter
    public void left(II_Result result) {
      result.r2 = pop();
    }
  }

  /**
   * Of a request that completes twice, one has the first completion; the other has the last, frees
   * the place, and puts a request there whose completions are none of the caller's.
   */
  @JCStressTest
  @Outcome(id = "11, 1, 0", expect = Expect.ACCEPTABLE, desc = "The place was used again.")
  @Outcome(id = "1, 11, 0", expect = Expect.ACCEPTABLE, desc = "The place was freed by the first.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The place's later request had to do with it.")
  @State
  public static class RequestThatRepeats extends Simulation {
    private final AtomicInteger intercepted = new AtomicInteger();

    public RequestThatRepeats() {
      super(2, 1);
      int request = add(1);
      post(request, 1, MORE);
      post(request, 1, 0);
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = pop();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = pop();
      if (result.r2 == 1) {
        table.hold(add(2)).intercept =
            (outcome, flags) -> {
              intercepted.incrementAndGet();
              return Intercept.KEPT;
            };
      }
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = intercepted.get();
    }
  }

  /** One gives a completion back while the other finds that the last one given back is gone. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Had at once.")
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Had later.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Had twice, or forgotten.")
  @State
  public static class GiveBackAndPop extends Simulation {
    public GiveBackAndPop() {
      super(1, 1);
      complete.giveBack(one(2, -2));
      pop();
    }

    @Actor
    public void giver() {
      complete.giveBack(one(1, -1));
    }

    @Actor
    public void popper(II_Result result) {
      result.r1 = pop();
    }

    @Arbiter
    public void left(II_Result result) {
      result.r2 = pop();
    }
  }

  private static ClaimedCompletions one(long userData, int result) {
    ClaimedCompletions claimed = new ClaimedCompletions();
    claimed.completed(userData, result, 0);
    return claimed;
  }

  /** A wake-up ends one wait, whoever pops it. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The first was woken.")
  @Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "The second was woken.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Both were woken, or nobody.")
  @State
  public static class WakeUp extends Simulation {
    public WakeUp() {
      super(1, 1);
      kernel.post(CompleteRing.WAKE_UP, 0, 0);
    }

    private int awaitOne() {
      int had = pop();
      return had != 0 ? had : complete.takeWakeUp() ? 1 : 0;
    }

    @Actor
    public void one(III_Result result) {
      result.r1 = awaitOne();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = awaitOne();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = pop();
    }
  }
}
