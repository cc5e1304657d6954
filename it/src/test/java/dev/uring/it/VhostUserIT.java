package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code serve --vhost-user}, driven by a front end in C that sets rings up as QEMU does and stamps
 * every sector it writes.
 */
class VhostUserIT {
  private static final long SIZE = 64L * Images.MIB;

  /** How {@code timeout(1)} ends that had to send SIGKILL. */
  private static final int KILLED = 128 + 9;

  @TempDir private Path directory;
  private Path image;
  private Path socket;

  @BeforeEach
  void name_an_image() {
    image = directory.resolve("disk.img");
    socket = directory.resolve("guest.sock");
  }

  private Path frontEnd() {
    Tool.require("gcc");
    Path program = directory.resolve("vublk-bench");
    Path source = Repository.root().resolve("it/src/main/c/vublk-bench.c");
    Tool.run("gcc", "-O2", "-o", program, source, "-lpthread").succeeded();
    return program;
  }

  private void mustVerify(Path program, String options) {
    Object[] arguments = ("-o verify " + options + " " + socket.getFileName()).split(" ");
    Tool.Result result = Tool.run(directory, program.toString(), arguments).succeeded();
    assertThat(result.output()).contains("all as written");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-s 16 -q 1",
        "-s 16 -q 32 -n 4",
        "-s 16 -q 8 -S 5 -b 65536",
        "-s 16 -q 8 -i -S 3",
        "-s 16 -q 8 -E",
        "-s 16 -q 16 -n 2 -w poll"
      })
  void what_a_front_end_in_c_writes_it_reads_again(String options) {
    Path program = frontEnd();
    Images.sparse(image, SIZE);
    try (DiskServer server = DiskServer.serve(image, "--vhost-user", socket)) {
      mustVerify(program, options);
      assertThat(server.isAlive()).isTrue();
    }
    assertThat(Images.allocated(image)).isGreaterThanOrEqualTo(16L * Images.MIB);
    assertThat(Files.exists(socket)).isFalse();
  }

  @Test
  void nbd_clients_and_virtual_machines_see_the_same_disk() {
    Tool.require("nbdcopy");
    Path program = frontEnd();
    Images.sparse(image, SIZE);
    Path copy = directory.resolve("copy");
    Path clients = directory.resolve("nbd.sock");
    try (DiskServer server =
        DiskServer.serve(image, "--vhost-user", socket, "--nbd", "unix:" + clients)) {
      mustVerify(program, "-s 16 -q 8");
      Tool.run("nbdcopy", server.uri(), copy).succeeded();
      Images.assertSame(image, copy);
    }
  }

  @Test
  void a_front_end_that_is_killed_with_requests_in_flight_makes_room_for_the_next() {
    Path program = frontEnd();
    Images.sparse(image, SIZE);
    try (DiskServer server = DiskServer.serve(image, "--vhost-user", socket)) {
      int descriptors = 0;
      for (int round = 0; round < 5; round++) {
        String load =
            "-s KILL 0.3 ./" + program.getFileName() + " -o randwrite -q 32 -n 4 -W 0 -t 60 ";
        Object[] arguments = (load + socket.getFileName()).split(" ");
        assertThat(Tool.run(directory, "timeout", arguments).status()).isEqualTo(KILLED);
        mustVerify(program, "-s 4 -q 8");
        if (round == 0) {
          descriptors = server.descriptors();
        }
      }
      assertThat(server.descriptors()).isLessThan(descriptors + 10);
    }
  }

  @Test
  void options_of_virtual_machines_alone_are_refused() {
    Images.sparse(image, SIZE);
    Tool.Result result = DiskServer.refusal(image, "--queues", "2");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.words()).contains("--queues is for virtual machines: add --vhost-user path");
  }
}
