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
 * One taker and several givers at the free places: none is had twice, and none is lost. {@link
 * RacesTest} runs them.
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

  /** As a run. */
  private static void giveTwo(FreePlaces free, int first, int second) {
    free.chain(first, second);
    free.give(first, second, 2);
  }

  /** Two reapers give back what they claimed. */
  @JCStressTest
  @Outcome(id = "2, 12", expect = Expect.ACCEPTABLE, desc = "The first gave first.")
  @Outcome(id = "2, 21", expect = Expect.ACCEPTABLE, desc = "The second gave first.")
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

  /** Two reapers give back runs. */
  @JCStressTest
  @Outcome(id = "4, 1234", expect = Expect.ACCEPTABLE, desc = "The first gave first.")
  @Outcome(id = "4, 3412", expect = Expect.ACCEPTABLE, desc = "The second gave first.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was lost, or the runs were mixed.")
  @State
  public static class RunAndRun {
    private final FreePlaces free = new FreePlaces(4, true);

    public RunAndRun() {
      drain(free);
    }

    @Actor
    public void one() {
      giveTwo(free, 0, 1);
    }

    @Actor
    public void other() {
      giveTwo(free, 2, 3);
    }

    @Arbiter
    public void left(II_Result result) {
      result.r1 = free.count();
      result.r2 = drain(free);
    }
  }

  /** What a context does all the time: the taker takes what a reaper gives. */
  @JCStressTest
  @Outcome(id = "-1, 2, 12", expect = Expect.ACCEPTABLE, desc = "Taken before they were given.")
  @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "What was given was taken.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was had twice or was lost.")
  @State
  public static class TakeAndGive {
    private final FreePlaces free = new FreePlaces(2, true);

    public TakeAndGive() {
      drain(free);
    }

    @Actor
    public void submitter(III_Result result) {
      result.r1 = free.take();
    }

    @Actor
    public void reaper() {
      giveTwo(free, 0, 1);
    }

    @Arbiter
    public void left(III_Result result) {
      result.r2 = free.count();
      result.r3 = drain(free);
    }
  }

  /**
   * The list comes back to the same head, with as many places, while somebody is about to push onto
   * it; but beneath that head lies another place than before.
   */
  @JCStressTest
  @Outcome(id = "0, 1, 342", expect = Expect.ACCEPTABLE, desc = "Pushed first, or onto nothing.")
  @Outcome(id = "0, 1, 432", expect = Expect.ACCEPTABLE, desc = "Pushed before the head was back.")
  @Outcome(id = "0, 1, 423", expect = Expect.ACCEPTABLE, desc = "Pushed last.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A place was had twice or was lost.")
  @State
  public static class HeadThatComesBack {
    private final FreePlaces free = new FreePlaces(4, true);

    public HeadThatComesBack() {
      drain(free);
      free.give(0);
      free.give(1);
    }

    @Actor
    public void pusher() {
      free.give(2);
    }

    @Actor
    public void taker(III_Result result) {
      result.r1 = free.take();
      result.r2 = free.take();
      free.give(3);
      free.give(result.r2);
    }

    @Arbiter
    public void left(III_Result result) {
      result.r3 = drain(free);
    }
  }

  /** Whoever counts while places go from one list to the other never counts too many. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Counted in between, or all taken.")
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Counted afterwards.")
  @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "Counted before.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "More were counted than there are.")
  @State
  public static class TakeAndCount {
    private final FreePlaces free = new FreePlaces(2, true);

    public TakeAndCount() {
      drain(free);
      giveTwo(free, 0, 1);
    }

    @Actor
    public void submitter() {
      free.take();
    }

    @Actor
    public void counter(II_Result result) {
      result.r1 = free.count();
    }

    @Arbiter
    public void left(II_Result result) {
      result.r2 = free.count();
    }
  }
}
