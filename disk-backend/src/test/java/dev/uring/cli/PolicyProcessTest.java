package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.OpenFlag;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.cli.PolicyProcess.Shown;
import dev.uring.cli.PolicyProcess.ShownRing;
import dev.uring.ring.PolicyObservation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
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

  /** Rings of this process, those of other tests included. */
  private static int ringsOpen() {
    return new PolicyProcess(Path.of("/proc"), SELF).look().rings().size();
  }

  private static Descriptor tell(int rings) {
    URingAllowlist list = URingAllowlist.closedBlockServer();
    PolicyObservation found = PolicySubjects.bare(list).rings().get(0);
    return new PolicyRecord(list, Collections.nCopies(rings, found)).keep();
  }

  @Test
  void what_a_process_told_of_its_rings_is_shown_beside_the_wish() throws IOException {
    Path wish = Files.writeString(directory.resolve("wish"), "include closed-block-device\n");
    try (URingContext ring = URingContext.create(4);
        Descriptor told = tell(ringsOpen())) {
      assertThat(ring.isClosed() || told.isClosed()).isFalse();
      String self = Long.toString(SELF);

      Invocation same = Invocation.of("policy", "--pid", self);
      Invocation other = Invocation.of("policy", "--pid", self, "--file", wish.toString());

      assertThat(same.status()).as(same.out() + same.err()).isZero();
      assertThat(same.out())
          .contains("process         " + SELF + ", " + ringsOpen() + " io_uring\n")
          .contains("as it found them when it started and told for good; nobody else can ask: ")
          .containsPattern("profile +closed-block-server\n")
          .contains("of another process they cannot be seen")
          .endsWith("In force is what was wished.\n");
      assertThat(other.status()).isEqualTo(1);
      assertThat(other.out()).endsWith("In force is NOT what was wished: accept, shutdown.\n");
      assertThat(Invocation.of("policy", "--json", "--pid", self).out())
          .contains("\"taskRestrictions\": null")
          .contains("\"differs\": false");
    }
  }

  @Test
  void a_process_that_has_other_rings_than_it_told_of_is_not_believed() {
    try (URingContext ring = URingContext.create(4);
        Descriptor told = tell(ringsOpen() + 1)) {
      assertThat(ring.isClosed() || told.isClosed()).isFalse();

      Invocation shown = Invocation.of("policy", "--pid", Long.toString(SELF));

      assertThat(shown.status()).isEqualTo(3);
      assertThat(shown.out()).contains("the process has told of other rings than it has now");
    }
  }

  @Test
  void a_process_without_a_ring_may_still_have_one_that_does_not_show() {
    StringWriter out = new StringWriter();

    new PolicyProcessReport(new PrintWriter(out))
        .print(7, "not said", new Shown(List.of(), Optional.empty()));

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

    List<ShownRing> rings = new PolicyProcess(directory, 7).look().rings();

    assertThat(rings)
        .containsExactly(
            new ShownRing("3", 0, List.of(), 0),
            new ShownRing("12", 4, List.of("0: /a?[2J b: c"), 2));
  }

  @Test
  void a_process_without_an_fdinfo_is_no_longer_there() throws IOException {
    Files.createDirectories(directory.resolve("8/fd"));
    Files.createSymbolicLink(directory.resolve("8/fd/3"), Path.of("anon_inode:[io_uring]"));

    assertThatThrownBy(() -> new PolicyProcess(directory, 8).look())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("there is no process 8");
  }
}
