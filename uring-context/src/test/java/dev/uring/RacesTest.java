package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.PublishingRaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.annotations.JCStressTest;

/**
 * Runs the races by jcstress, in processes of their own. Which outcomes a race may have stands with
 * the race; what was seen, and how often, is left in {@code target/races}.
 *
 * <p>The compiler shuffles what it may reorder. In the short form it compiles as it pleases; in the
 * long one each side is interpreted and compiled by either compiler, in all combinations.
 */
@Timeout(value = RacesTest.MOST_MINUTES, unit = TimeUnit.MINUTES)
class RacesTest {
  /** Of each of two turns of a race; less where the same races ran on another Java before. */
  private static final String MILLISECONDS = System.getProperty("races.milliseconds", "500");

  private static final List<String> ALWAYS =
      List.of("-v", "-f", "1", "-iters", "2", "-time", MILLISECONDS);

  private static final List<String> SHUFFLED =
      List.of("-jvmArgs", "-XX:+UnlockDiagnosticVMOptions -XX:+StressLCM -XX:+StressGCM");

  /** Not each side compiled in its own way. */
  private static final List<String> SHORT = List.of("-sc", "false");

  private static final List<String> LONG = List.of();

  /** Each race of a context has a ring, of which there cannot be thousands at once. */
  private static final List<String> FEW_AT_ONCE = List.of("-strideSize", "8", "-strideCount", "4");

  /** Far more than they take: a race that never ends is a failure too. */
  static final int MOST_MINUTES = 60;

  private static final Pattern COUNTS =
      Pattern.compile(
          "Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard");

  @TempDir Path directory;

  @Test
  void no_place_is_had_twice_or_lost() throws Exception {
    run(FreePlacesRaces.class, SHORT);
  }

  @Test
  void the_lock_has_one_holder_who_sees_what_the_one_before_did() throws Exception {
    run(AdderMutexRaces.class, SHORT);
  }

  @Test
  void no_completion_is_had_twice_or_lost_or_taken_for_another() throws Exception {
    run(CompletionRaces.class, SHORT);
  }

  @Test
  void what_is_added_is_whole_and_in_one_piece_and_submitted_once() throws Exception {
    run(SubmissionRaces.class, join(SHORT, FEW_AT_ONCE));
  }

  @Test
  @Tag("long")
  void no_place_is_had_twice_or_lost_however_it_is_compiled() throws Exception {
    run(FreePlacesRaces.class, LONG);
  }

  @Test
  @Tag("long")
  void the_lock_has_one_holder_however_it_is_compiled() throws Exception {
    run(AdderMutexRaces.class, LONG);
  }

  @Test
  @Tag("long")
  void no_completion_is_had_twice_or_lost_however_it_is_compiled() throws Exception {
    run(CompletionRaces.class, LONG);
  }

  @Test
  @Tag("long")
  void what_is_added_is_whole_however_it_is_compiled() throws Exception {
    run(SubmissionRaces.class, join(LONG, FEW_AT_ONCE));
  }

  @Test
  @Tag("long")
  void what_one_has_filled_is_published_or_known_not_to_be() throws Exception {
    run(PublishingRaces.class, join(SHORT, FEW_AT_ONCE));
  }

  private static List<String> join(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  private void run(Class<?> races, List<String> options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("org.openjdk.jcstress.Main");
    command.addAll(List.of("-t", Pattern.quote(races.getName() + ".")));
    command.addAll(List.of("-r", directory.toString()));
    command.addAll(ALWAYS);
    command.addAll(SHUFFLED);
    command.addAll(options);
    Path log =
        Files.createDirectories(Path.of("target", "races")).resolve(races.getName() + ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String output = Files.readString(log, UTF_8);
    assertThat(process.exitValue()).as(output).isZero();
    Matcher counts = COUNTS.matcher(output);
    int planned = -1;
    int passed = 0;
    while (counts.find()) {
      planned = Integer.parseInt(counts.group(1));
      passed = Integer.parseInt(counts.group(2));
    }
    assertThat(passed).as(output).isEqualTo(planned);
    List<Class<?>> all =
        Arrays.stream(races.getDeclaredClasses()).filter(RacesTest::isRace).toList();
    assertThat(all).isNotEmpty();
    assertThat(output).contains(all.stream().map(Class::getCanonicalName).toList());
  }

  private static boolean isRace(Class<?> type) {
    return type.isAnnotationPresent(JCStressTest.class);
  }
}
