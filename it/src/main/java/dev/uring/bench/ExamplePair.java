package dev.uring.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One row of the examples' bench: the same work by the example and in the plain way, in turns. */
final class ExamplePair {
  private final String work;
  private final String unit;
  private final List<Double> ours = new ArrayList<>();
  private final List<Double> plain = new ArrayList<>();
  private final List<Double> wallRatios = new ArrayList<>();
  private final List<Double> processorRatios = new ArrayList<>();

  /**
   * A row without values.
   *
   * @param unit what the nanoseconds are for
   */
  ExamplePair(String work, String unit) {
    this.work = work;
    this.unit = unit;
  }

  /** Takes one round in; of so many units each. */
  void add(Sample example, Sample plainWay, long units) {
    ours.add((double) example.wallNanoseconds() / units);
    plain.add((double) plainWay.wallNanoseconds() / units);
    wallRatios.add((double) example.wallNanoseconds() / plainWay.wallNanoseconds());
    processorRatios.add((double) example.processorNanoseconds() / plainWay.processorNanoseconds());
  }

  static String heading() {
    return String.format(
        Locale.ROOT,
        "%-24s %3s %-5s %11s %11s %6s %-12s %10s",
        "work",
        "jdk",
        "per",
        "example ns",
        "plain ns",
        "ratio",
        "lowest..high",
        "processor");
  }

  private static double lowest(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
  }

  private static double highest(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%-24s %3d %-5s %11.0f %11.0f %6.2f %-12s %10.2f",
        work,
        Runtime.version().feature(),
        unit,
        Median.of(ours),
        Median.of(plain),
        Median.of(wallRatios),
        String.format(Locale.ROOT, "%.2f..%.2f", lowest(wallRatios), highest(wallRatios)),
        Median.of(processorRatios));
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"work\": \"%s\", \"jdk\": %d, \"unit\": \"%s\", \"ns\": %.1f, \"plain_ns\": %.1f,"
            + " \"ratio\": %.3f, \"ratio_lowest\": %.3f, \"ratio_highest\": %.3f,"
            + " \"ratio_processor\": %.3f, \"rounds\": %d}",
        work,
        Runtime.version().feature(),
        unit,
        Median.of(ours),
        Median.of(plain),
        Median.of(wallRatios),
        lowest(wallRatios),
        highest(wallRatios),
        Median.of(processorRatios),
        ours.size());
  }
}
