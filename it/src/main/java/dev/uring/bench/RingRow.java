package dev.uring.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was measured of one contestant in one case, round by round. */
final class RingRow {
  private final RingCase row;
  private final Contestant contestant;
  private final boolean byWallClock;
  private final List<Double> processor = new ArrayList<>();
  private final List<Double> wall = new ArrayList<>();
  private final List<Double> allocated = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();
  private final List<Double> otherRatios = new ArrayList<>();

  RingRow(RingCase row, Contestant contestant, boolean byWallClock) {
    this.row = row;
    this.contestant = contestant;
    this.byWallClock = byWallClock;
  }

  /** Adds a round. The ratio is taken here, to what C needed in the same round. */
  void add(Sample sample, @Nullable Sample reference, long requests) {
    processor.add((double) sample.processorNanoseconds() / requests);
    wall.add((double) sample.wallNanoseconds() / requests);
    allocated.add((double) sample.allocatedBytes() / requests);
    if (reference != null) {
      double processorRatio =
          (double) sample.processorNanoseconds() / reference.processorNanoseconds();
      double wallRatio = (double) sample.wallNanoseconds() / reference.wallNanoseconds();
      ratios.add(byWallClock ? wallRatio : processorRatio);
      otherRatios.add(byWallClock ? processorRatio : wallRatio);
    }
  }

  RingCase row() {
    return row;
  }

  String subject() {
    return contestant.label();
  }

  @Nullable String jdk() {
    return contestant.jdk();
  }

  /** The processor that the thread was bound to, if it was. */
  @Nullable String boundTo() {
    return contestant.processor();
  }

  /** The clock that {@link #nanoseconds} and {@link #ratio} are by. */
  String clock() {
    return byWallClock ? "wall" : "cpu";
  }

  double nanoseconds() {
    return byWallClock ? wallNanoseconds() : processorNanoseconds();
  }

  double processorNanoseconds() {
    return Median.of(processor);
  }

  double wallNanoseconds() {
    return Median.of(wall);
  }

  double allocatedBytes() {
    return Median.of(allocated);
  }

  boolean hasRatio() {
    return !ratios.isEmpty();
  }

  double ratio() {
    return Median.of(ratios);
  }

  double lowestRatio() {
    return ratios.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  double highestRatio() {
    return ratios.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** The ratio by the clock that does not count here. */
  double otherRatio() {
    return Median.of(otherRatios);
  }

  /** The name of what the ratio is to, or null for C itself. */
  @Nullable String reference() {
    RingSubject subject = contestant.subject();
    return subject == null ? null : subject.reference();
  }

  /** What the ratio shall be at most, or null for C itself. */
  @Nullable Double target() {
    RingSubject subject = contestant.subject();
    return subject == null ? null : subject.target(row);
  }

  int rounds() {
    return processor.size();
  }
}
