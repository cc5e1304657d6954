package dev.uring.ring;

import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** One thread publishes what another has filled, and that one asks whether it still has to. */
public final class PublishingRaces {
  private PublishingRaces() {}

  /** What the asking thread has filled is never neither unpublished nor published. */
  @JCStressTest
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Not published yet.")
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Published, and to be submitted.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Nobody would submit it.")
  @State
  public static class PublishAndAsk {
    private final Ring ring = Ring.builder(1).build();
    private final SubmissionQueue queue = ring.submission();

    public PublishAndAsk() {
      RingRequests.nop(Objects.requireNonNull(queue.next(), "an empty queue"));
    }

    @Actor
    public void publisher() {
      int unused = ring.publish();
    }

    @Actor
    public void asker(I_Result result) {
      result.r1 = queue.published();
    }

    @Arbiter
    public void end(I_Result result) {
      ring.close();
    }
  }
}
