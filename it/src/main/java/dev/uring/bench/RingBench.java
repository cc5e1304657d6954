package dev.uring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ring bench: the same requests by C with liburing and by the Java subjects, each in a process
 * of its own, one at a time, round by round.
 */
final class RingBench implements AutoCloseable {
  private static final int WARM_UP_PASSES = 4;
  private static final long WARM_UP_NANOSECONDS = 50_000_000;
  private static final long FIRST_GUESS = 2_000;

  /**
   * How often two threads are measured in a round: who of them is asleep when makes one time differ
   * from the next by a factor of two, and a median of five or fifteen says nothing then.
   */
  private static final int TIMES_OF_TWO_THREADS = 12;

  private final RingBenchOptions options;

  /** By the reference that they are compared with, which comes first. */
  private final Map<String, List<Contestant>> groups = new LinkedHashMap<>();

  private RingBench(RingBenchOptions options) {
    this.options = options;
  }

  public static void main(String[] arguments) throws IOException {
    RingBenchOptions options;
    try {
      options = RingBenchOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(2);
      return;
    }
    try (RingBench bench = new RingBench(options)) {
      bench.start();
      List<RingRow> rows = bench.measure();
      System.out.print(RingReport.table(rows));
      Path json = options.json();
      if (json != null) {
        Files.writeString(json, RingReport.json(rows));
      }
    }
  }

  private void start() throws IOException {
    Set<String> references = new LinkedHashSet<>();
    for (RingSubject subject : options.subjects()) {
      references.add(subject.reference());
    }
    for (String reference : references) {
      List<Contestant> group = new ArrayList<>();
      groups.put(reference, group);
      Path programInC = options.programInC();
      if (programInC != null) {
        List<String> command = new ArrayList<>();
        String processor = processorFor(reference);
        if (processor != null) {
          command.addAll(List.of("taskset", "-c", processor));
        }
        command.addAll(List.of(programInC.toString(), reference, options.file().toString()));
        group.add(
            new Contestant(
                reference, null, null, processor, new MeasuredProcess(reference, command)));
      }
      for (RingSubject subject : options.subjects()) {
        if (subject.reference().equals(reference)) {
          for (Map.Entry<String, Path> java : options.javas().entrySet()) {
            group.add(worker(subject, java.getKey(), java.getValue()));
          }
        }
      }
    }
  }

  /** One thread stays where its peer is, or a neighbour on one processor decides the ratio. */
  private @Nullable String processorFor(String reference) {
    return reference.equals(RingSubject.TWO_THREADS.reference()) ? null : options.processor();
  }

  private Contestant worker(RingSubject subject, String jdk, Path home) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                home.resolve("bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                RingWorker.class.getName(),
                subject.label(),
                options.file().toString()));
    String processor = processorFor(subject.reference());
    if (processor != null) {
      command.add(processor);
    }
    String description = subject.label() + " on JDK " + jdk;
    return new Contestant(
        subject.label(), subject, jdk, processor, new MeasuredProcess(description, command));
  }

  private List<RingRow> measure() throws IOException {
    List<RingRow> rows = new ArrayList<>();
    List<Heat> heats = new ArrayList<>();
    List<RingCase> cases = RingCase.all(options.quick());
    warmUp(cases);
    for (RingCase row : cases) {
      for (List<Contestant> group : groups.values()) {
        Heat heat = heat(row, group);
        if (!heat.rows.isEmpty()) {
          heats.add(heat);
          rows.addAll(heat.rows.values());
        }
      }
    }
    for (int round = 0; round < options.rounds(); round++) {
      System.err.println("bench: round " + (round + 1) + " of " + options.rounds());
      for (Heat heat : heats) {
        heat.run(round);
      }
    }
    return rows;
  }

  private void warmUp(List<RingCase> cases) throws IOException {
    for (List<Contestant> group : groups.values()) {
      for (Contestant contestant : group) {
        System.err.println("bench: warming up " + contestant.process());
        int passes = contestant.isReference() ? 1 : WARM_UP_PASSES;
        for (int pass = 0; pass < passes; pass++) {
          for (RingCase row : cases) {
            if (!missing(contestant, row)) {
              calibrated(contestant, row, WARM_UP_NANOSECONDS);
            }
          }
        }
        if (!contestant.isReference()) {
          // As in each program that has run for a while: what was made while classes were loaded is
          // strewn over as many pages, until it is moved together.
          String unused = contestant.process().ask(RingWorker.COLLECT);
        }
      }
    }
  }

  /** Whether the reference in C has no such case, because nobody compared with it has. */
  private static boolean missing(Contestant contestant, RingCase row) {
    return contestant.label().equals(RingSubject.TWO_THREADS.reference()) && row.work() != Work.NOP;
  }

  /** How many requests the contestant makes in so much time; zero if it cannot make them. */
  private static long calibrated(Contestant contestant, RingCase row, long nanoseconds)
      throws IOException {
    long requests = FIRST_GUESS;
    while (true) {
      Sample sample = contestant.process().measure(row, requests);
      if (sample == null) {
        return 0;
      }
      long needed = Math.max(sample.wallNanoseconds(), 1);
      if (needed >= nanoseconds / 4) {
        return Math.max(FIRST_GUESS, (long) ((double) requests * nanoseconds / needed));
      }
      requests *= 4;
    }
  }

  private Heat heat(RingCase row, List<Contestant> group) throws IOException {
    boolean byWallClock = byWallClock(group);
    Heat heat = new Heat(row, byWallClock ? TIMES_OF_TWO_THREADS : 1);
    for (Contestant contestant : group) {
      if (missing(contestant, row)) {
        continue;
      }
      long requests = calibrated(contestant, row, options.sampleNanoseconds());
      if (requests > 0) {
        if (heat.rows.isEmpty()) {
          heat.requests = (requests + row.batch() - 1) / row.batch() * row.batch();
        }
        heat.rows.put(contestant, new RingRow(row, contestant, byWallClock));
      }
    }
    return heat;
  }

  private static boolean byWallClock(List<Contestant> group) {
    for (Contestant contestant : group) {
      RingSubject subject = contestant.subject();
      if (subject != null) {
        return subject.byWallClock();
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    for (List<Contestant> group : groups.values()) {
      for (Contestant contestant : group) {
        contestant.process().close();
      }
    }
  }

  /** One case, by all who are compared in it. */
  private static final class Heat {
    final RingCase row;
    final Map<Contestant, RingRow> rows = new LinkedHashMap<>();
    final int times;
    long requests;

    Heat(RingCase row, int times) {
      this.row = row;
      this.times = times;
    }

    void run(int round) throws IOException {
      for (int time = 0; time < times; time++) {
        runOnce(round * times + time);
      }
    }

    /** Everybody once, each time beginning with another, so that no place in the order favours. */
    private void runOnce(int round) throws IOException {
      List<Contestant> order = new ArrayList<>(rows.keySet());
      Collections.rotate(order, round);
      Map<Contestant, Sample> samples = new LinkedHashMap<>();
      Sample reference = null;
      for (Contestant contestant : order) {
        Sample sample = contestant.process().measure(row, requests);
        if (sample == null) {
          throw new IOException(contestant.process() + " can no longer do " + row);
        }
        samples.put(contestant, sample);
        if (contestant.isReference()) {
          reference = sample;
        }
      }
      for (Map.Entry<Contestant, RingRow> each : rows.entrySet()) {
        Sample sample = samples.get(each.getKey());
        if (sample != null) {
          each.getValue().add(sample, each.getKey().isReference() ? null : reference, requests);
        }
      }
    }
  }
}
