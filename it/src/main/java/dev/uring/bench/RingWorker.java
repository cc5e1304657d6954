package dev.uring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process that measures one subject, so that no other has a say in how its code is compiled.
 *
 * <p>Lines of "WORK BATCH REQUESTS" on standard input are answered by a line of numbers each, or by
 * "unsupported"; {@link #COLLECT} is answered when the garbage is collected.
 */
final class RingWorker {
  static final String UNSUPPORTED = "unsupported";

  static final String COLLECT = "collect";

  private RingWorker() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length > 2) {
      bind(arguments[2]);
    }
    CachedFile file = new CachedFile(Path.of(arguments[1]));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (Subject subject = RingSubject.ofLabel(arguments[0]).create(file);
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      String line;
      while ((line = commands.readLine()) != null) {
        if (line.equals(COLLECT)) {
          System.gc();
          answers.println(COLLECT);
          continue;
        }
        String[] words = line.split(" ", -1);
        RingCase row = new RingCase(Work.ofLabel(words[0]), Integer.parseInt(words[1]));
        answers.println(
            subject.supports(row.work())
                ? subject.measure(row, Long.parseLong(words[2])).line()
                : UNSUPPORTED);
      }
    }
  }

  /** Binds this thread, and no other of the process, to a processor. */
  private static void bind(String processor) throws IOException, InterruptedException {
    Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
    Process taskset =
        new ProcessBuilder("taskset", "-pc", processor, self.getFileName().toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(taskset.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    if (taskset.waitFor() != 0) {
      throw new IOException("taskset: " + said.strip());
    }
  }
}
