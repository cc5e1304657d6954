package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two commands that need no other software. */
class DemoIT {
  @TempDir private Path directory;

  @Test
  void the_demo_succeeds_shows_a_refusal_and_leaves_no_file() {
    Path temporary = directory.resolve("temporary");
    Path working = directory.resolve("working");
    Tool.run("mkdir", temporary, working).succeeded();
    String command = "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + temporary + " exec \"$0\" demo";
    Tool.Result demo = Tool.run(working, "sh", "-c", command, Repository.launcher()).succeeded();
    assertThat(demo.words())
        .contains("write")
        .contains("read")
        .contains("flush")
        .contains("refused")
        .contains("p99")
        .doesNotContain("\tat ");
    assertThat(temporary).isEmptyDirectory();
    assertThat(working).isEmptyDirectory();
  }

  @Test
  void the_probe_says_that_io_uring_can_be_used_and_what_the_kernel_has() {
    Tool.Result probe =
        Tool.run("sh", "-c", "exec \"$0\" probe", Repository.launcher()).succeeded();
    assertThat(probe.words())
        .contains("io_uring")
        .contains("restrict")
        .contains("kernel")
        .doesNotContain("\tat ");
  }
}
