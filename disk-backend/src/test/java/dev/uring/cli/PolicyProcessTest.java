package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.OpenFlag;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.cli.PolicyProcess.ShownRing;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rings of a process seen from outside, which is not far. */
class PolicyProcessTest {
  private static final long SELF = ProcessHandle.current().pid();

  @TempDir Path directory;

  @Test
  void the_tables_of_a_processs_rings_are_shown_and_what_they_permit_is_said_to_be_unknown()
      throws IOException {
    Path image = Files.createFile(directory.resolve("shown.img"));
    try (Descriptor file = Descriptor.open(image, OpenFlag.READ);
        URingContext context =
            URingContext.builder(4)
                .allowlist(URingAllowlist.closedBlockDevice())
                .disabled()
                .build()) {
      context.registerFiles(3, file);
      context.enable();

      Invocation told = Invocation.of("policy", "--pid", Long.toString(SELF));

      assertThat(told.status()).isEqualTo(3);
      assertThat(told.err()).isEmpty();
      assertThat(told.out())
          .containsPattern("process +" + SELF + ", [1-9][0-9]* io_uring")
          .contains("4 slots, 1 of them taken")
          .contains("shown.img")
          .containsPattern("found +unknown: what these rings permit cannot be learnt");

      Invocation json = Invocation.of("policy", "--json", "--pid", Long.toString(SELF));
      assertThat(json.status()).isEqualTo(3);
      assertThat(json.out()).contains("\"found\": null").contains("shown.img");
    }
  }

  @Test
  void a_process_without_a_ring_may_still_have_one_that_does_not_show() {
    StringWriter out = new StringWriter();

    new PolicyProcessReport(new PrintWriter(out)).print(7, "not said", List.of());

    assertThat(out.toString())
        .contains("7, 0 io_uring")
        .contains("unknown: no io_uring is open in this process");
  }

  @Test
  void a_process_that_is_none_is_refused() {
    assertThat(Invocation.of("policy", "--pid", "4999999").refusesWith(1).err())
        .contains("there is no process 4999999");
  }

  @Test
  void what_a_kernel_writes_is_read_whatever_it_is() throws IOException {
    Path process = directory.resolve("7");
    Files.createDirectories(process.resolve("fd"));
    Files.createDirectories(process.resolve("fdinfo"));
    Files.createSymbolicLink(process.resolve("fd/12"), Path.of("anon_inode:[io_uring]"));
    Files.createSymbolicLink(process.resolve("fd/3"), Path.of("anon_inode:[io_uring]"));
    Files.createSymbolicLink(process.resolve("fd/4"), Path.of("/tmp/anon_inode:[io_uring]"));
    Files.writeString(
        process.resolve("fdinfo/12"),
        """
        pos:\t0
        UserFiles:\t4
            0: /a\033[2J b: c
            1: <none>
        UserBufs:\t2
            0: 0x7f00/4096
        PollList:
        """);
    Files.writeString(process.resolve("fdinfo/3"), "UserFiles:\nUserBufs:\t99999999999999999999\n");

    List<ShownRing> rings = new PolicyProcess(directory, 7).rings();

    assertThat(rings)
        .containsExactly(
            new ShownRing("3", 0, List.of(), 0),
            new ShownRing("12", 4, List.of("0: /a?[2J b: c"), 2));
  }

  @Test
  void a_process_without_an_fdinfo_is_no_longer_there() throws IOException {
    Files.createDirectories(directory.resolve("8/fd"));
    Files.createSymbolicLink(directory.resolve("8/fd/3"), Path.of("anon_inode:[io_uring]"));

    assertThatThrownBy(() -> new PolicyProcess(directory, 8).rings())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("there is no process 8");
  }
}
