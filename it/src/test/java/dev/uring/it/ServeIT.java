package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code serve} makes and tells before the first client comes. */
class ServeIT {
  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void name_an_image() {
    image = directory.resolve("disk.img");
  }

  @Test
  void it_tells_the_image_the_ring_s_allowlist_and_how_to_attach() {
    Images.sparse(image, Images.MIB);
    try (DiskServer server = DiskServer.serve(image)) {
      assertThat(server.output())
          .contains(image.toString())
          .contains(server.uri())
          .containsIgnoringCase("ring")
          .containsIgnoringCase("allowlist")
          .contains("nbdinfo ")
          .contains("nbdcopy ")
          .contains("qemu-system-x86_64 ")
          .contains("-drive ")
          .contains("nbd-client ");
      assertThat(server.output().lines().toList()).last().asString().startsWith("ready");
    }
  }

  @Test
  void the_lines_it_prints_for_nbdinfo_and_nbdcopy_work_as_they_are() {
    Tool.require("nbdinfo", "nbdcopy");
    Images.random(image, Images.MIB, 91);
    try (DiskServer server = DiskServer.serve(image)) {
      for (String program : List.of("nbdinfo ", "nbdcopy ")) {
        String line =
            server
                .output()
                .lines()
                .filter(text -> text.contains(program))
                .map(text -> text.substring(text.indexOf(program)))
                .findFirst()
                .orElseThrow();
        Tool.run(directory, "sh", "-c", line).succeeded();
      }
    }
  }

  @Test
  void the_socket_is_its_owner_s_alone() throws IOException {
    Images.sparse(image, Images.MIB);
    try (DiskServer server = DiskServer.serve(image)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.socket())))
          .isEqualTo("rw-------");
    }
  }

  @ParameterizedTest
  @CsvSource({"1G, 1073741824", "64M, 67108864", "512K, 524288", "1048576, 1048576"})
  void create_makes_a_sparse_image_of_exactly_that_size(String size, long bytes)
      throws IOException {
    try (DiskServer server = DiskServer.serve(image, "--create", size);
        NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.exportSize()).isEqualTo(bytes);
      assertThat(client.read(bytes - 1, 1)).containsExactly(0);
    }
    assertThat(Files.size(image)).isEqualTo(bytes);
    assertThat(Images.allocated(image)).isLessThanOrEqualTo(64 * Images.KIB);
  }

  @Test
  void a_tcp_address_is_served_too() throws IOException {
    Images.random(image, Images.MIB, 92);
    int port = freePort();
    try (DiskServer server = DiskServer.serve(image, "--nbd", "tcp:127.0.0.1:" + port);
        NbdClient client = NbdClient.connected(port)) {
      client.greet(3);
      client.go();
      assertThat(client.read(0, 4096)).isEqualTo(Images.read(image, 0, 4096));
      assertThat(server.output()).contains("nbd://127.0.0.1:" + port);
    }
  }

  @Test
  void several_addresses_show_the_same_disk() throws IOException {
    Images.sparse(image, Images.MIB);
    int port = freePort();
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    try (DiskServer server =
            DiskServer.serve(
                image,
                "--nbd",
                "unix:" + first,
                "--nbd",
                "unix:" + second,
                "--nbd",
                "tcp:127.0.0.1:" + port);
        NbdClient writer = NbdClient.ready(first);
        NbdClient reader = NbdClient.ready(second);
        NbdClient far = NbdClient.connected(port)) {
      far.greet(3);
      far.go();
      assertThat(writer.write(0, 1000, Images.pattern(0x5a, 100))).isZero();
      assertThat(reader.read(1000, 100)).isEqualTo(Images.pattern(0x5a, 100));
      assertThat(far.read(1000, 100)).isEqualTo(Images.pattern(0x5a, 100));
      assertThat(Files.exists(DiskServer.defaultSocket(image))).isFalse();
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void help_shows_each_limit_with_its_number() {
    Tool.Result help =
        Tool.run("sh", "-c", "exec \"$0\" serve --help", Repository.launcher()).succeeded();
    for (String option :
        List.of(
            "connections", "in-flight", "max-request", "handshake-timeout", "message-timeout")) {
      assertThat(help.output()).containsPattern("--" + option + "[\\s\\S]{0,200}[0-9]");
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
