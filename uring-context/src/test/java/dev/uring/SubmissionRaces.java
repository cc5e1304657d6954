package dev.uring;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads at the submission side of a context on the kernel's own ring: what one adds is whole,
 * in one piece and submitted once. {@link RacesTest} runs them.
 *
 * <p>Completions are written as a decimal number: their user data in the order in which they came,
 * which for requests that do nothing is the order in which they were submitted.
 */
public final class SubmissionRaces {
  private static final long PATIENCE_NANOSECONDS = 100_000_000;

  private SubmissionRaces() {}

  /** A context for one race, to be closed by whoever looks at what is left. */
  abstract static class OneContext {
    final URingContext context;

    OneContext(int entries) {
      context = URingContext.create(entries);
    }

    /** Submits; the completions of so many requests. */
    final int completions(int count) {
      int[] all = {0};
      context.await(
          count,
          PATIENCE_NANOSECONDS,
          (userData, result, flags) -> all[0] = all[0] * 10 + (int) userData);
      close();
      return all[0];
    }

    /** A request that was lost would be awaited for ever: then the context is left as it is. */
    final void close() {
      if (context.inFlight() == 0) {
        context.close();
      }
    }
  }

  /** Two add, with room for both. */
  @JCStressTest
  @Outcome(id = "2, 12", expect = Expect.ACCEPTABLE, desc = "The first was first.")
  @Outcome(id = "2, 21", expect = Expect.ACCEPTABLE, desc = "The second was first.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A request was lost, or an entry filled by both.")
  @State
  public static class AddAndAdd extends OneContext {
    public AddAndAdd() {
      super(4);
    }

    @Actor
    public void one() {
      context.addNop(1);
    }

    @Actor
    public void other() {
      context.addNop(2);
    }

    @Arbiter
    public void left(II_Result result) {
      result.r1 = context.submit();
      result.r2 = completions(2);
    }
  }

  /** Two add, with room for one: the one who finds no room submits. */
  @JCStressTest
  @Outcome(id = "1, 12", expect = Expect.ACCEPTABLE, desc = "The first was first.")
  @Outcome(id = "1, 21", expect = Expect.ACCEPTABLE, desc = "The second was first.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A request was lost, or an entry filled by both.")
  @State
  public static class AddToFullQueue extends OneContext {
    public AddToFullQueue() {
      super(1);
    }

    @Actor
    public void one() {
      context.addNop(1);
    }

    @Actor
    public void other() {
      context.addNop(2);
    }

    @Arbiter
    public void left(II_Result result) {
      result.r1 = context.submit();
      result.r2 = completions(2);
    }
  }

  /**
   * One adds a chain whose first request fails: that cancels the rest of the chain, and nothing
   * that the other adds.
   */
  @JCStressTest
  @Outcome(id = "-125, 0", expect = Expect.ACCEPTABLE, desc = "The chain was in one piece.")
  @Outcome(id = "0, -125", expect = Expect.FORBIDDEN, desc = "The other got into the chain.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A request was lost, or an entry filled by both.")
  @State
  public static class ChainAndAdd extends OneContext {
    private static final long NO_REQUEST = 77;

    public ChainAndAdd() {
      super(4);
    }

    @Actor
    public void chain() {
      context
          .chains()
          .linked(
              2,
              () -> {
                context.asyncCancel(NO_REQUEST, 1);
                context.addNop(2);
              });
    }

    @Actor
    public void other() {
      context.addNop(3);
    }

    @Arbiter
    public void left(II_Result result) {
      int[] results = {1, 1, 1, 1};
      context.await(
          3, PATIENCE_NANOSECONDS, (userData, outcome, flags) -> results[(int) userData] = outcome);
      close();
      result.r1 = results[2];
      result.r2 = results[3];
    }
  }

  /** One adds while the other submits. */
  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "Submitted before it was added.")
  @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "Submitted by the other.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Submitted twice, or never.")
  @State
  public static class AddAndSubmit extends OneContext {
    public AddAndSubmit() {
      super(1);
    }

    @Actor
    public void adder() {
      context.addNop(1);
    }

    @Actor
    public void submitter(III_Result result) {
      result.r1 = context.submit();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r2 = context.submit();
      result.r3 = completions(1);
    }
  }

  /** The places are all taken; one frees them while the other asks for one. */
  @JCStressTest
  @Outcome(id = "12, 0, 3, 2", expect = Expect.ACCEPTABLE, desc = "Freed in time.")
  @Outcome(
      id = "12, 1, 0, 2",
      expect = Expect.ACCEPTABLE,
      desc = "The other was told that it is full.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place or a completion was lost or had twice.")
  @State
  public static class PopAndAdd extends OneContext {
    public PopAndAdd() {
      super(1);
      context.addNop(1);
      context.addNop(2);
      context.submit();
    }

    @Actor
    public void reaper(IIII_Result result) {
      context.poll((userData, outcome, flags) -> result.r1 = result.r1 * 10 + (int) userData);
    }

    @Actor
    public void adder(IIII_Result result) {
      try {
        context.addNop(3);
      } catch (RingFullException e) {
        result.r2 = 1;
      }
    }

    @Arbiter
    public void left(IIII_Result result) {
      result.r3 = context.inFlight() == 0 ? 0 : completions(1);
      result.r4 = context.room();
      close();
    }
  }
}
