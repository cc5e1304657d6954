package dev.uring.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The command line of the ring bench, as {@code it/bench} completes it. */
final class RingBenchOptions {
  private boolean quick;
  private int rounds;
  private @Nullable Path json;
  private @Nullable Path programInC;
  private @Nullable Path file;
  private @Nullable String processor;
  private final Map<String, Path> javas = new LinkedHashMap<>();
  private final EnumSet<RingSubject> subjects = EnumSet.allOf(RingSubject.class);

  private RingBenchOptions() {}

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  static RingBenchOptions parse(String[] arguments) {
    RingBenchOptions options = new RingBenchOptions();
    List<String> left = new ArrayList<>(List.of(arguments));
    while (!left.isEmpty()) {
      String name = left.remove(0);
      if (name.equals("--quick")) {
        options.quick = true;
        continue;
      }
      if (left.isEmpty()) {
        throw new IllegalArgumentException(name + " is unknown or lacks its value");
      }
      options.set(name, left.remove(0));
    }
    if (options.javas.isEmpty()) {
      throw new IllegalArgumentException("no JDK was given: --java VERSION=HOME");
    }
    return options;
  }

  private void set(String name, String value) {
    switch (name) {
      case "--json" -> json = Path.of(value);
      case "--rounds" -> {
        rounds = Integer.parseInt(value);
        if (rounds < 1) {
          throw new IllegalArgumentException("--rounds must be at least 1");
        }
      }
      case "--only" -> {
        subjects.clear();
        for (String subject : value.split(",", -1)) {
          subjects.add(subject(subject));
        }
      }
      case "--c" -> programInC = Path.of(value);
      case "--processor" -> processor = value;
      case "--file" -> file = Path.of(value);
      case "--java" -> {
        int sign = value.indexOf('=');
        javas.put(value.substring(0, sign), Path.of(value.substring(sign + 1)));
      }
      default -> throw new IllegalArgumentException(name + " is unknown");
    }
  }

  private static RingSubject subject(String label) {
    for (RingSubject subject : RingSubject.values()) {
      if (subject.label().equals(label)) {
        return subject;
      }
    }
    throw new IllegalArgumentException("there is no subject " + label);
  }

  boolean quick() {
    return quick;
  }

  /** How often each row is measured. */
  int rounds() {
    return rounds > 0 ? rounds : quick ? 5 : 15;
  }

  /** How long C shall need for one measurement. */
  long sampleNanoseconds() {
    return quick ? 20_000_000 : 50_000_000;
  }

  @Nullable Path json() {
    return json;
  }

  /** The reference in C, or null where it could not be built. */
  @Nullable Path programInC() {
    return programInC;
  }

  /** The processor that single threads are bound to, or null if they go where they like. */
  @Nullable String processor() {
    return processor;
  }

  Path file() {
    if (file == null) {
      throw new IllegalArgumentException("no file to read was given: --file PATH");
    }
    return file;
  }

  /** The homes of the JDKs by their feature version. */
  Map<String, Path> javas() {
    return javas;
  }

  EnumSet<RingSubject> subjects() {
    return subjects;
  }
}
