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
 * Two threads at the free places: none is had twice, and none is lost. {@link RacesTest} runs them.
 *
 * <p>What is left in the end is written as a decimal number: the places in the order in which they
 * come, each plus one.
 */
public final class FreePlacesRaces {
  private static final int MORE_THAN_THERE_ARE = 9;

  private FreePlacesRaces() {}

  /** What is left; a list that goes in circles ends too. */
  static int drain(FreePlaces free) {
    int all = 0;
    int place = free.take();
    for (int count = 0; place >= 0 && count < MORE_THAN_THERE_ARE; count++) {
      all = all * 10 + place + 1;
      place = free.take();
    }
    return all;
  }

  /** Two take from two places. */
  @JCStressTest
  @Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "The first had the topmost.")
  @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The second had the topmost.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was had twice or was lost.")
  @State
  public static class TakeAndTake {
    private final FreePlaces free = new FreePlaces(2, true);

    @Actor
    public void one(III_Result result) {
      result.r1 = free.take();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = free.take();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = free.count();
    }
  }

  /** One has the last place, and the other is told that there is none. */
  @JCStressTest
  @Outcome(id = "0, -1, 0", expect = Expect.ACCEPTABLE, desc = "The first had it.")
  @Outcome(id = "-1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The second had it.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Had by both, or by nobody.")
  @State
  public static class TakeTheLast {
    private final FreePlaces free = new FreePlaces(1, true);

    @Actor
    public void one(III_Result result) {
      result.r1 = free.take();
    }

    @Actor
    public void other(III_Result result) {
      result.r2 = free.take();
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = free.count();
    }
  }

  /** Two reapers give back what they claimed. */
  @JCStressTest
  @Outcome(id = "2, 12", expect = Expect.ACCEPTABLE, desc = "The first gave last.")
  @Outcome(id = "2, 21", expect = Expect.ACCEPTABLE, desc = "The second gave last.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was lost.")
  @State
  public static class GiveAndGive {
    private final FreePlaces free = new FreePlaces(2, true);

    public GiveAndGive() {
      drain(free);
    }

    @Actor
    public void one() {
      free.give(0);
    }

    @Actor
    public void other() {
      free.give(1);
    }

    @Arbiter
    public void left(II_Result result) {
      result.r1 = free.count();
      result.r2 = drain(free);
    }
  }

  /** What a context does all the time: a submitter takes while a reaper gives. */
  @JCStressTest
  @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Taken before the other was given.")
  @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "What was given was taken.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was had twice or was lost.")
  @State
  public static class TakeAndGive {
    private final FreePlaces free = new FreePlaces(2, true);

    public TakeAndGive() {
      free.take();
    }

    @Actor
    public void submitter(III_Result result) {
      result.r1 = free.take();
    }

    @Actor
    public void reaper() {
      free.give(0);
    }

    @Arbiter
    public void left(III_Result result) {
      result.r2 = free.count();
      result.r3 = drain(free);
    }
  }

  /**
   * The head comes back to the same place with as many free as before, while another lies beneath.
   * That it changed meanwhile is told by the count of changes alone: without it the slow one would
   * put the second place back, which the quick one keeps, and lose the place that was given.
   */
  @JCStressTest
  @Outcome(id = "1, 3, 31", expect = Expect.ACCEPTABLE, desc = "The slow one was first.")
  @Outcome(id = "2, 3, 21", expect = Expect.ACCEPTABLE, desc = "After the quick one's first take.")
  @Outcome(id = "3, 2, 21", expect = Expect.ACCEPTABLE, desc = "After its second take.")
  @Outcome(id = "0, 2, 24", expect = Expect.ACCEPTABLE, desc = "After its first give.")
  @Outcome(id = "1, 2, 14", expect = Expect.ACCEPTABLE, desc = "The slow one was last.")
  @Outcome(id = "1, 2, 34", expect = Expect.FORBIDDEN, desc = "Place 2 twice, place 0 lost.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was had twice or was lost.")
  @State
  public static class HeadThatComesBack {
    private final FreePlaces free = new FreePlaces(4, true);

    public HeadThatComesBack() {
      free.take();
    }

    @Actor
    public void slow(III_Result result) {
      result.r1 = free.take();
    }

    @Actor
    public void quick(III_Result result) {
      int first = free.take();
      result.r2 = free.take();
      free.give(0);
      free.give(first);
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = drain(free);
    }
  }
}
