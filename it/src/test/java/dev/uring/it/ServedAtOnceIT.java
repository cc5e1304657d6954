package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How often a thread that awaits enters the kernel, and what it asks for there, seen by {@code
 * strace}: a turn whose requests are served at once, or by each other, is one call.
 */
@Timeout(120)
class ServedAtOnceIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final int TURNS = 1_000;

  /**
   * One call more in each 65 turns to try, as many to try again, and what is made to begin with.
   */
  private static final int MORE = 2 * TURNS / 65 + 50;

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

  @ParameterizedTest
  @ValueSource(strings = {"shared", "confined"})
  void what_is_served_at_once_is_not_asked_for(String kind) throws IOException {
    List<String> calls = calls("one", kind);
    assertThat(calls).hasSizeBetween(TURNS, TURNS + MORE);
    List<String> last = calls.subList(calls.size() - TURNS / 2, calls.size());
    assertThat(last).noneMatch(call -> call.contains("IORING_ENTER_GETEVENTS"));
  }

  @ParameterizedTest
  @CsvSource({"chain,shared", "chain,confined", "answer,shared", "answer,confined"})
  void what_comes_of_what_is_submitted_comes_with_the_same_call(String turn, String kind)
      throws IOException {
    assertThat(calls(turn, kind)).hasSizeBetween(TURNS, TURNS + MORE);
  }

  private List<String> calls(String turn, String kind) throws IOException {
    Object[] arguments = {turn, kind, TURNS, fifo};
    try (Running program =
        StracedEnters.start(directory, log, List.of(), ServedAtOnceProgram.class, arguments)) {
      int status = program.await(LIMIT);
      StracedEnters.mustBePermitted(program);
      assertThat(status).as(program.describe()).isZero();
    }
    return Files.readAllLines(log).stream()
        .filter(line -> line.contains("io_uring_enter("))
        .toList();
  }
}
