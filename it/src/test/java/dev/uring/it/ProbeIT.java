package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The probe where the kernel gives no ring: {@code strace} answers in its place. */
class ProbeIT {
  private static final String BEGINNING = "io_uring cannot be used here: io_uring_setup: ";

  @BeforeEach
  void strace_is_there() {
    Tool.require("strace");
  }

  /** Runs the program with each of the three calls answered by an error. */
  private static Tool.Result probe(String error, String... options) {
    List<Object> arguments = new ArrayList<>(List.of("-f", "-qq", "-o", "/dev/null"));
    for (String call : List.of("io_uring_setup", "io_uring_enter", "io_uring_register")) {
      arguments.add("--inject=" + call + ":error=" + error);
    }
    arguments.add(Repository.launcher());
    arguments.add("probe");
    arguments.addAll(List.of(options));
    Tool.Result result = Tool.run("strace", arguments.toArray());
    Assumptions.assumeFalse(result.errors().contains("ptrace"), "skipped: ptrace is not permitted");
    return result;
  }

  @ParameterizedTest
  @CsvSource({
    "ENOSYS, this kernel has no io_uring",
    "EPERM, io_uring",
    "EACCES, a security module",
    "ENOMEM, not enough memory may be locked"
  })
  void a_machine_without_rings_is_described_to_programs_with_the_reason(
      String error, String cause) {
    Tool.Result told = probe(error, "--json");
    CommandLineIT.assertRefusal(told, 1);
    String sentence = told.errors().strip().substring("uring-disk: ".length());
    assertThat(sentence).startsWith(BEGINNING + error).contains(cause);
    assertThat(told.output())
        .startsWith("{")
        .contains("\"usable\": false")
        .contains("\"reason\": \"" + sentence + "\"")
        .contains("\"kernel\": \"")
        .containsPattern("\"wanted\": \\[\\s*],")
        .containsPattern("\"kernel\": \\[\\s*]\\s*}\\s*$");
  }

  @ParameterizedTest
  @CsvSource({"ENOSYS", "EPERM"})
  void and_to_people_with_what_is_known_of_the_system(String error) {
    Tool.Result told = probe(error);
    CommandLineIT.assertRefusal(told, 1);
    assertThat(told.errors()).contains(BEGINNING + error);
    assertThat(told.output()).contains("This system", "locked memory");
  }
}
