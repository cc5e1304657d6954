package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Filling and reaping in tests, on rings of any layout. */
final class Queues {
  private Queues() {}

  static SubmissionEntry next(Ring ring) {
    return Objects.requireNonNull(ring.submission().next(), "the queue is full");
  }

  static void nop(Ring ring, long userData) {
    RingRequests.nop(next(ring)).userData(userData);
  }

  /** Takes all that is there, as "user data:result". */
  static List<String> reap(Ring ring) {
    CompletionReader reader = ring.reader();
    List<String> taken = new ArrayList<>();
    while (reader.next()) {
      taken.add(reader.userData() + ":" + reader.result());
    }
    reader.release();
    return taken;
  }

  /** Submits what was filled, waits for one completion, and takes the oldest. */
  static Taken one(Ring ring) {
    // To return from a wait is no promise of a completion, least of all on a ring that polls.
    do {
      if (ring.completion().available() == 0 || ring.submission().pending() > 0) {
        int submitted = ring.submitAndWait(1);
        assertThat(submitted).isNotNegative();
      }
    } while (ring.completion().available() == 0);
    CompletionReader reader = ring.reader();
    assertThat(reader.next()).isTrue();
    Taken taken =
        new Taken(
            reader.userData(), reader.result(), reader.flags(), reader.extra(0), reader.extra(1));
    reader.release();
    return taken;
  }

  /** Submits what was filled, and takes so many, as "user data:result". */
  static List<String> take(Ring ring, int count) {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      Taken one = one(ring);
      taken.add(one.userData() + ":" + one.result());
    }
    return taken;
  }

  static int result(Ring ring) {
    return one(ring).result();
  }

  record Taken(long userData, int result, int flags, long extra0, long extra1) {}
}
