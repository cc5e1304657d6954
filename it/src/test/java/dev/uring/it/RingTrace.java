package dev.uring.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * What the kernel is asked for through rings and what it answers, in the kernel's own order, with
 * marks that others write into it. For this {@code strace} is no use: it sees system calls, and a
 * request of a ring is none.
 */
final class RingTrace implements AutoCloseable {
  private static final String SKIPPED = "skipped: the kernel's tracing cannot be had: ";
  private static final Pattern SUBMITTED =
      Pattern.compile(
          ".*-(\\d+) +\\[.*io_uring_submit_req: ring (\\w+), req (\\w+),.* opcode (\\w+),.*");
  private static final Pattern COMPLETED =
      Pattern.compile(".*io_uring_complete: ring (\\w+), req (\\w+),.* result (-?\\d+),.*");
  private static final Pattern MARK = Pattern.compile(".*tracing_mark_write: (.*)");

  private final Path mounted;
  private final Path instance;

  private RingTrace(Path mounted) {
    this.mounted = mounted;
    this.instance = mounted.resolve("instances/uring-it-" + ProcessHandle.current().pid());
  }

  /** What a line of the trace is. */
  enum Kind {
    SUBMITTED,
    COMPLETED,
    MARK
  }

  /**
   * A line of the trace.
   *
   * @param what the request, such as FSYNC, or the mark
   * @param result of what was completed
   */
  record Event(Kind kind, String what, int result) {
    boolean is(Kind wanted, String name) {
      return kind == wanted && what.equals(name);
    }
  }

  /** Begins to trace all rings, or skips the rule where that may not be. */
  static RingTrace begin(Path directory) throws IOException {
    Privileged.requireRoot();
    Path at = Files.createDirectories(directory.resolve("tracing"));
    Tool.Result mounting = Tool.run("mount", "-t", "tracefs", "uring-it", at);
    if (mounting.status() != 0) {
      Assumptions.abort(SKIPPED + mounting.errors().strip());
    }
    RingTrace trace = new RingTrace(at);
    boolean begun = false;
    try {
      trace.enable();
      begun = true;
    } catch (IOException e) {
      Assumptions.abort(SKIPPED + e);
    } finally {
      if (!begun) {
        trace.close();
      }
    }
    return trace;
  }

  private void enable() throws IOException {
    Files.createDirectory(instance);
    Files.writeString(instance.resolve("buffer_size_kb"), "8192");
    for (String event : List.of("io_uring_submit_req", "io_uring_complete")) {
      Files.writeString(instance.resolve("events/io_uring/" + event + "/enable"), "1");
    }
  }

  /** The file into which marks are written. */
  Path marker() {
    return instance.resolve("trace_marker");
  }

  /** The marks so far, and what was asked for by these threads. */
  List<Event> events(Collection<Long> threads) throws IOException {
    Set<Long> wanted = new HashSet<>(threads);
    Map<String, String> inFlight = new HashMap<>();
    List<Event> events = new ArrayList<>();
    for (String line : Files.readAllLines(instance.resolve("trace"))) {
      Matcher submitted = SUBMITTED.matcher(line);
      Matcher completed = COMPLETED.matcher(line);
      Matcher mark = MARK.matcher(line);
      if (submitted.matches() && wanted.contains(Long.valueOf(submitted.group(1)))) {
        inFlight.put(submitted.group(2) + submitted.group(3), submitted.group(4));
        events.add(new Event(Kind.SUBMITTED, submitted.group(4), 0));
      } else if (completed.matches()) {
        // Who completes it may be a worker thread of the kernel's.
        String what = inFlight.remove(completed.group(1) + completed.group(2));
        if (what != null) {
          events.add(new Event(Kind.COMPLETED, what, Integer.parseInt(completed.group(3))));
        }
      } else if (mark.matches()) {
        events.add(new Event(Kind.MARK, mark.group(1), 0));
      }
    }
    return events;
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(instance);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Tool.run("umount", mounted).succeeded();
    }
  }
}
