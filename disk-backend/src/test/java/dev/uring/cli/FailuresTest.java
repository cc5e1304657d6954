package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.DiskException;
import dev.uring.disk.ImageOptions;
import dev.uring.ring.UringException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void wrong_usage_ends_with_two_and_everything_else_with_one() {
    assertThat(Failures.status(new UsageException("no"))).isEqualTo(2);
    assertThat(Failures.status(wrongBlockSize())).isEqualTo(2);
    assertThat(Failures.status(new FailureException("no"))).isEqualTo(1);
    assertThat(Failures.status(new UringException("openat", 2))).isEqualTo(1);
    assertThat(Failures.status(new OutOfMemoryError("heap"))).isEqualTo(1);
    assertThat(Failures.status(new IllegalStateException("no"))).isEqualTo(1);
  }

  private static DiskException wrongBlockSize() {
    try {
      ImageOptions.defaults().withBlockSize(3);
    } catch (DiskException e) {
      return e;
    }
    throw new AssertionError("three is a block size now");
  }

  @Test
  void io_uring_that_cannot_be_had_says_why_and_points_to_the_probe() {
    String sentence =
        Failures.sentence(new UringException("io_uring_setup", 1, "a filter forbids it"));

    assertThat(sentence)
        .startsWith("io_uring cannot be used here")
        .contains("EPERM")
        .contains("a filter forbids it")
        .endsWith("run ./uring-disk probe");
  }

  @Test
  void a_refusal_without_a_remedy_gets_one_and_a_refusal_with_one_keeps_it() {
    assertThat(Failures.sentence(new UringException("IORING_REGISTER_FILES", 22)))
        .endsWith("./uring-disk probe says what this machine offers");
    assertThat(Failures.sentence(new UringException("IORING_REGISTER_FILES", 22, "do this")))
        .endsWith("do this");
    assertThat(Failures.sentence(new UringException("IORING_REGISTER_FILES", 24, "raise it")))
        .endsWith("raise it; or lower --connections or --threads");
  }

  @Test
  void a_lack_of_memory_in_a_loops_thread_is_told_as_what_it_is() {
    Throwable wrapped = new CompletionException(new OutOfMemoryError("Java heap space"));

    assertThat(Failures.sentence(wrapped)).contains("not enough memory").contains("--connections");
  }

  @Test
  void what_nobody_foresaw_is_one_sentence_that_asks_for_a_report() {
    assertThat(reported(false, new IllegalStateException("odd")))
        .isEqualTo(
            "uring-disk: this should not have happened: java.lang.IllegalStateException: odd; run"
                + " it again with --verbose and report what that prints\n");
  }

  @Test
  void the_stack_trace_follows_only_if_it_was_asked_for() {
    Throwable failure = new FailureException("no");

    assertThat(reported(false, failure)).isEqualTo("uring-disk: no\n");
    assertThat(reported(true, failure)).startsWith("uring-disk: no\n").contains("\tat ");
    assertThat(Invocation.of("--verbose", "serve", "/nowhere/disk.img").err()).contains("\tat ");
    assertThat(Invocation.of("serve", "/nowhere/disk.img", "--verbose").err()).contains("\tat ");
  }

  @Test
  void names_with_line_breaks_and_control_characters_stay_on_one_line() {
    assertThat(reported(false, new FailureException("a\nb\r\n  c\u001b[31md.")))
        .isEqualTo("uring-disk: a b c?[31md\n");
  }

  private static String reported(boolean traced, Throwable failure) {
    StringWriter text = new StringWriter();
    new Failures(traced).report(failure, new PrintWriter(text));
    return text.toString();
  }
}
