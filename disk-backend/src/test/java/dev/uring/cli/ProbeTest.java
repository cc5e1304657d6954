package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.cli.Finding.Use;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeTest {
  @TempDir Path proc;

  @Test
  void the_probe_lists_everything_that_is_wanted_where_serving_works() {
    Invocation told = Invocation.of("probe");

    assertThat(told.err()).isEmpty();
    assertThat(told.status()).isZero();
    assertThat(told.out())
        .contains("kernel.io_uring_disabled")
        .contains("seccomp")
        .containsPattern("feature +ext_arg +5\\.11 +needed +yes")
        .containsPattern("set-up flag +defer_taskrun +6\\.1 +needed +yes")
        .containsPattern("trial +restrictions +5\\.10 +needed +yes")
        .containsPattern("trial +wake-up \\(send_msg_ring\\) +6\\.13 +needed +yes")
        .containsPattern("trial +accept into a slot +5\\.15 +needed +yes")
        .endsWith("io_uring can be used here, and the kernel has what is needed.\n");
    for (UringOperation operation : URingAllowlist.closedBlockServer().effectiveOperations()) {
      assertThat(told.out())
          .containsPattern("request +" + operation.textName() + " +" + operation.since());
    }
  }

  @Test
  void what_is_missing_and_needed_is_named_and_ends_the_probe_with_a_failure() {
    StringWriter out = new StringWriter();
    ProbeReport report = new ProbeReport(new PrintWriter(out));
    List<Finding> findings =
        List.of(
            new Finding("request", "readv", "5.1", Use.NEEDED, true, ""),
            new Finding("request", "readv_fixed", "6.15", Use.ALLOWED, false, ""),
            new Finding("set-up flag", "no_sqarray", "6.6", Use.HELPFUL, false, ""),
            new Finding("trial", "wake-up", "6.13", Use.NEEDED, false, "EINVAL"));

    assertThatThrownBy(() -> report.print(findings))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("lacks wake-up (Linux 6.13: EINVAL): run Linux");

    assertThat(out.toString())
        .containsPattern("readv_fixed +6\\.15 +allowed, unused +no\n")
        .containsPattern("wake-up +6\\.13 +needed +NO, EINVAL\n");
  }

  @Test
  void what_is_missing_and_can_be_done_without_is_no_failure() {
    StringWriter out = new StringWriter();

    new ProbeReport(new PrintWriter(out))
        .print(List.of(new Finding("set-up flag", "no_sqarray", "6.6", Use.HELPFUL, false, "")));

    assertThat(out.toString()).contains("io_uring can be used here");
  }

  @Test
  void a_ring_that_is_less_restricted_than_it_should_be_is_found_out() {
    URingAllowlist loose =
        URingAllowlist.builder().allow(URingAllowlist.closedBlockServer().operations()).build();

    Finding restrictions = RingTrials.of(loose).get(0);

    assertThat(restrictions.there()).isFalse();
    assertThat(restrictions.remark()).contains("a forbidden request was answered with 0");
  }

  @Test
  void the_system_is_described_by_what_its_files_say() throws IOException {
    Files.createDirectories(proc.resolve("sys/kernel"));
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("sys/kernel/io_uring_disabled"), "1\n");
    Files.writeString(proc.resolve("sys/kernel/io_uring_group"), "-1\n");
    Files.writeString(proc.resolve("self/status"), "Name:\tx\nSeccomp:\t2\n");
    Files.writeString(
        proc.resolve("self/limits"),
        """
        Max open files            1024                 4096                 files
        Max locked memory         65536                65536                bytes
        """);

    assertThat(new SystemFacts(proc).all())
        .containsAllEntriesOf(
            Map.of(
                "kernel.io_uring_disabled",
                "1, for the group -1 and for CAP_SYS_ADMIN only",
                "seccomp",
                "a filter is in force, which may forbid io_uring",
                "locked memory",
                "65536 bytes",
                "open files",
                "1024 at most"));
  }

  @Test
  void a_system_without_those_files_is_described_all_the_same() {
    assertThat(new SystemFacts(proc).all())
        .containsEntry("kernel.io_uring_disabled", "no such setting (it came with Linux 6.6)")
        .containsEntry("seccomp", "unknown")
        .containsEntry("open files", "unknown at most");
  }
}
