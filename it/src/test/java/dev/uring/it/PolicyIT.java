package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./uring-disk policy}, beside a server and without one. */
class PolicyIT {
  private static final int SIZE = Images.MIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    image = Images.random(directory.resolve("disk.img"), SIZE, 404);
  }

  private static Tool.Result policy(Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "policy";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Tool.run(Repository.launcher().toString(), all);
  }

  @Test
  void what_the_rings_of_a_disk_permit_is_what_was_wished() throws IOException {
    byte[] before = Files.readAllBytes(image);

    Tool.Result told = policy(image);

    assertThat(told.status()).as("%s", told).isZero();
    assertThat(told.output())
        .contains("closed-block-server")
        .containsPattern("entry flag +fixed_file +required +required")
        .endsWith("In force is what was wished.\n");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    assertThat(directory.toFile().list()).containsExactly("disk.img");
  }

  @Test
  void a_policy_of_ones_own_is_held_against_the_disks_rings() throws IOException {
    Path wish = Files.writeString(directory.resolve("policy"), "include closed-block-device\n");

    Tool.Result told = policy("--file", wish, image);

    assertThat(told.status()).as("%s", told).isEqualTo(1);
    assertThat(told.output())
        .containsPattern("request +accept +denied +permitted +DIFFERS")
        .endsWith("In force is NOT what was wished: accept, shutdown.\n");
  }

  @Test
  void a_running_server_tells_what_it_found_on_its_own_rings() {
    try (DiskServer server = DiskServer.serve(image, "--threads", 2, "--connections", 3)) {
      assertThat(server.output())
          .contains("in force: each ring was asked before the first client, and does just that");

      Tool.Result told = policy("--pid", server.pid());

      assertThat(told.status()).as("%s", told).isZero();
      assertThat(told.output())
          .containsPattern("process +" + server.pid() + ", 2 io_uring\n")
          .contains("disk.img")
          .containsPattern("profile +closed-block-server\n")
          .contains("as it found them when it started")
          .endsWith("In force is what was wished.\n");
    }
  }

  @Test
  void an_image_that_is_served_is_in_use_and_says_so() {
    try (DiskServer server = DiskServer.serve(image, "--threads", 1)) {
      assertThat(server.isAlive()).isTrue();

      Tool.Result inUse = policy(image);

      CommandLineIT.assertRefusal(inUse, 1);
      assertThat(inUse.errors()).contains("in use");
    }
  }

  @Test
  void what_is_no_server_of_ours_permits_nobody_knows_what() {
    Tool.Result told = policy("--pid", ProcessHandle.current().pid());

    assertThat(told.status()).as("%s", told).isEqualTo(3);
    assertThat(told.output()).containsPattern("found +unknown: ");
  }
}
