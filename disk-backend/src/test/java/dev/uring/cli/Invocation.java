package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;

/** One run of the program within this process, and what it said. */
record Invocation(int status, String out, String err) {
  static Invocation of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = UringDisk.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Invocation(status, out.toString(), err.toString());
  }

  /** The rule for every failure: its status, one sentence, nothing else anywhere. */
  Invocation refusesWith(int expectedStatus) {
    assertThat(status).as(err).isEqualTo(expectedStatus);
    assertThat(err).startsWith("uring-disk: ").endsWith("\n").doesNotContain("\tat ");
    assertThat(err.lines()).hasSize(1);
    assertThat(err).doesNotContain("should not have happened").doesNotContain("Exception");
    return this;
  }
}
