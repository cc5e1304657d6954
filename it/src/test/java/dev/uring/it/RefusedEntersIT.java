package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Contexts whose {@code io_uring_enter} is refused: {@code strace} answers in the kernel's place,
 * which refuses too seldom to be waited for. It counts the calls of each thread by itself.
 */
@Timeout(120)
class RefusedEntersIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** More than the 64 calls after which a thread enters by an index, and tries not to wait. */
  private static final int OFTEN = 100;

  /** How long strace holds back each answer, at least: what makes a count of calls a time. */
  private static final Duration DELAY = Duration.ofMillis(10);

  private static final Duration TIMEOUT = Duration.ofMillis(500);

  @TempDir private Path directory;
  private Path log;
  private Path fifo;

  @BeforeEach
  void strace_is_there() {
    Tool.require("strace");
    log = directory.resolve("strace.log");
    fifo = directory.resolve("fifo");
    Tool.run("mkfifo", fifo).succeeded();
  }

  /** Each error and each kind of context; of what is told apart by neither, not each with each. */
  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of("EAGAIN", "shared"),
        Arguments.of("EBUSY", "confined"),
        Arguments.of("EINTR", "shared"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void what_is_refused_before_it_is_taken_completes_once(String error, String kind)
      throws IOException {
    List<String> said = requests(error + ":when=1.." + OFTEN, kind);
    assertThat(said).contains("submitted 0");
    assertEachOnce(said);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void what_was_taken_completes_once_though_waiting_for_it_is_refused(String error, String kind)
      throws IOException {
    List<String> said = requests(error + ":when=2.." + (OFTEN + 1), kind);
    assertThat(said).contains("submitted 3");
    assertEachOnce(said);
  }

  /** The third completion comes only when all refusals have been seen. */
  private List<String> requests(String refusal, String kind) throws IOException {
    try (RandomAccessFile pipe = new RandomAccessFile(fifo.toFile(), "rw");
        Running program = start(refusal, "requests", kind, fifo)) {
      boolean unused = Await.holds(LIMIT, () -> refused().size() >= OFTEN || !program.isAlive());
      pipe.write('x');
      List<String> said = ended(program);
      assertRefused(OFTEN);
      return said;
    }
  }

  private static void assertEachOnce(List<String> said) {
    assertThat(said.subList(1, said.size()))
        .containsExactlyInAnyOrder(
            "completed 1 with 0",
            "completed 2 with 1",
            "completed 3 with 0",
            "awaited 3",
            "read " + (int) 'x',
            "in flight 0",
            "more 0");
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void a_refused_submit_gives_zero_and_the_next_one_submits_what_was_kept(
      String error, String kind) {
    assertThat(run(error + ":when=1..3", "submits", kind, 3))
        .containsExactly(
            "submitted 0",
            "submitted 0",
            "submitted 0",
            "submitted 3",
            "submitted 0",
            "completed 1 with 0",
            "completed 2 with 0",
            "completed 3 with 0",
            "awaited 3",
            "in flight 0",
            "more 0");
    assertRefused(3);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void the_kernel_is_given_what_is_left_of_the_time_after_each_refusal(String error, String kind) {
    List<String> said = limit(error, kind, 20);
    // Fewer if this machine stood still until the time was up.
    assertThat(value(said, "refused")).isBetween(1L, 20L);
    long delayed = (value(said, "enters") - 1) * DELAY.toNanos();
    assertThat(value(said, "limit")).isLessThanOrEqualTo(TIMEOUT.toNanos() - delayed);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void no_refusal_pushes_the_deadline_out(String error, String kind) {
    List<String> said = limit(error, kind, 200);
    // So many delays fit in before the time is up, and each wait begins before that.
    long most = TIMEOUT.dividedBy(DELAY);
    assertThat(value(said, "refused")).isBetween(1L, most);
    assertThat(value(said, "enters")).isEqualTo(value(said, "refused"));
  }

  /** Waits for what never comes; the answer must not come before its time. */
  private List<String> limit(String error, String kind, int refusals) {
    String refusal = error + ":when=1.." + refusals + ":delay_exit=" + DELAY.toMillis() + "ms";
    List<String> said = run(refusal, "limit", kind, fifo, TIMEOUT.toNanos(), log);
    assertThat(said).contains("awaited 0");
    assertThat(value(said, "elapsed")).isGreaterThanOrEqualTo(TIMEOUT.toNanos());
    assertRefused(Math.toIntExact(value(said, "refused")));
    return said;
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void room_is_made_though_the_first_tries_are_refused(String error, String kind) {
    assertAllAdded(run(error + ":when=1..50", "room", kind, 40), 0);
    assertRefused(50);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void room_is_made_though_every_other_try_is_refused(String error, String kind) {
    assertAllAdded(run(error + ":when=1+2", "room", kind, 40), 0);
    // The queue of four is full nine times, and its last four are submitted by the wait.
    assertRefused(10);
  }

  @ParameterizedTest
  @CsvSource({"room,shared", "room,confined", "room-for-groups,shared", "room-for-groups,confined"})
  void a_thousand_refusals_are_believed_and_nothing_is_lost(String adding, String kind) {
    List<String> said = run("EAGAIN:when=1..1000", adding, kind, 40);
    assertThat(said).contains("exception 11");
    assertAllAdded(said, 1);
    assertRefused(1000);
  }

  private static void assertAllAdded(List<String> said, int exceptions) {
    List<String> expected =
        IntStream.range(0, 40)
            .mapToObj(number -> "completed " + number + " with 0")
            .collect(Collectors.toCollection(ArrayList::new));
    expected.addAll(List.of("exceptions " + exceptions, "awaited 40", "in flight 0", "more 0"));
    assertThat(said)
        .filteredOn(line -> !line.startsWith("exception "))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** Runs the program to its end; what it said. */
  private List<String> run(String refusal, Object... arguments) {
    try (Running program = start(refusal, arguments)) {
      return ended(program);
    }
  }

  private Running start(String refusal, Object... arguments) {
    List<String> injected = List.of("-e", "inject=io_uring_enter:error=" + refusal);
    return StracedEnters.start(directory, log, injected, RefusedEntersProgram.class, arguments);
  }

  private static List<String> ended(Running program) {
    boolean ended = Await.holds(LIMIT, () -> !program.isAlive());
    if (!ended) {
      // A strace that is killed would leave behind what it runs; this ends both.
      ProcessHandle.of(program.pid())
          .ifPresent(strace -> strace.descendants().forEach(ProcessHandle::destroyForcibly));
    }
    int status = program.await(LIMIT);
    StracedEnters.mustBePermitted(program);
    assertThat(status).as(program.describe()).isZero();
    return program.output().lines().toList();
  }

  private static long value(List<String> said, String what) {
    return said.stream()
        .filter(line -> line.startsWith(what + " "))
        .mapToLong(line -> Long.parseLong(line.substring(what.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing about " + what + " in " + said));
  }

  /** So many were refused, and all to the one thread whose calls the numbers were chosen for. */
  private void assertRefused(int count) {
    assertThat(refused()).hasSize(count);
    assertThat(refused().stream().map(line -> line.split(" ", 2)[0]).distinct()).hasSize(1);
  }

  /** The calls that were answered in the kernel's place. */
  private List<String> refused() {
    try {
      return Files.exists(log)
          ? Files.readAllLines(log).stream().filter(line -> line.contains("(INJECTED)")).toList()
          : List.of();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
