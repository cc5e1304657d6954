package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input: one sentence, the right exit status, and nothing created or changed. */
class CommandLineIT {
  private static final int SIZE = Images.MIB;

  @TempDir private Path directory;
  private Path image;
  private Map<String, String> before;

  @BeforeEach
  void make_an_image() {
    image = Images.random(directory.resolve("disk.img"), SIZE, 101);
    before = listing();
  }

  @AfterEach
  void nothing_was_created_or_changed() {
    assertThat(listing()).isEqualTo(before);
  }

  /** One sentence on the standard error, no stack trace, and this exit status. */
  static void assertRefusal(Tool.Result result, Integer... statuses) {
    assertThat(result.status()).as("exit status of %s", result).isIn((Object[]) statuses);
    assertThat(result.errors().strip().lines().toList()).as("%s", result).hasSize(1);
    assertThat(result.errors()).startsWith("uring-disk: ").doesNotContain("Exception");
    assertThat(result.output()).doesNotContain("ready");
  }

  static Stream<Arguments> usage_errors() {
    return Stream.of(
        Arguments.of(List.of()),
        Arguments.of(List.of("serve")),
        Arguments.of(List.of("fly")),
        Arguments.of(List.of("serve", "IMAGE", "--unknown-option")),
        Arguments.of(List.of("serve", "IMAGE", "another.img")),
        Arguments.of(List.of("serve", "IMAGE", "--nbd")),
        Arguments.of(List.of("serve", "IMAGE", "--nbd", "carrier-pigeon:coop")),
        Arguments.of(List.of("serve", "IMAGE", "--nbd", "tcp:127.0.0.1:99999")),
        Arguments.of(List.of("serve", "IMAGE", "--nbd", "tcp:127.0.0.1:-1")),
        Arguments.of(List.of("serve", "IMAGE", "--nbd", "tcp:127.0.0.1:nbd!")),
        Arguments.of(List.of("serve", "IMAGE", "--block-size", "0")),
        Arguments.of(List.of("serve", "IMAGE", "--block-size", "3")),
        Arguments.of(List.of("serve", "IMAGE", "--block-size", "-512")),
        Arguments.of(List.of("serve", "IMAGE", "--connections", "0")),
        Arguments.of(List.of("serve", "IMAGE", "--connections", "many")),
        Arguments.of(List.of("serve", "IMAGE", "--threads", "0")),
        Arguments.of(List.of("serve", "IMAGE", "--threads", "99999999999")),
        Arguments.of(List.of("serve", "IMAGE", "--handshake-timeout", "-1")),
        Arguments.of(List.of("serve", "IMAGE", "--message-timeout", "soon")),
        Arguments.of(List.of("serve", "IMAGE", "--max-request", "0")));
  }

  @ParameterizedTest
  @MethodSource("usage_errors")
  void a_command_that_means_nothing_is_a_usage_error(List<String> words) {
    List<Object> arguments = new ArrayList<>(List.of("-c", "exec \"$0\" \"$@\""));
    arguments.add(Repository.launcher());
    for (String word : words) {
      arguments.add(word.equals("IMAGE") ? image : word);
    }
    assertRefusal(Tool.run(directory, "sh", arguments.toArray()), 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-1",
        "-1G",
        "1X",
        "abc",
        "1.5.2G",
        "G",
        "99999999999999999999",
        "9999999T"
      })
  void a_size_that_is_none_is_a_usage_error(String size) {
    assertRefusal(DiskServer.refusal(directory.resolve("new.img"), "--create", size), 2);
  }

  @Test
  void a_missing_image_is_refused() {
    assertRefusal(DiskServer.refusal(directory.resolve("missing.img")), 1);
  }

  @Test
  void a_directory_is_no_image() {
    assertRefusal(DiskServer.refusal(directory), 1);
  }

  @Test
  void a_character_device_is_no_image() {
    assertRefusal(DiskServer.refusal(Path.of("/dev/zero"), "--nbd", "unix:" + directory + "/s"), 1);
  }

  @Test
  void a_pipe_is_no_image_and_nobody_waits_for_its_other_end() throws IOException {
    Path pipe = directory.resolve("pipe");
    Tool.run("mkfifo", pipe).succeeded();
    before = listing();
    assertRefusal(DiskServer.refusal(pipe), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"---------", "r--r--r--"})
  void an_image_without_the_permission_to_write_is_refused(String mode) throws IOException {
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString(mode));
    Tool.Result result = DiskServer.refusalUnder(asAnybody(), image);
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-r--r--"));
    assertRefusal(result, 1);
    before = listing();
  }

  @Test
  void an_image_in_use_by_another_server_is_refused_and_that_one_goes_on() throws IOException {
    try (DiskServer living = DiskServer.serve(image)) {
      assertRefusal(DiskServer.refusal(image, "--nbd", "unix:" + directory + "/other"), 1);
      try (NbdClient client = NbdClient.ready(living.socket())) {
        assertThat(client.read(0, 512)).hasSize(512);
      }
    }
  }

  @Test
  void a_size_that_is_no_multiple_of_the_block_size_is_refused() {
    Path odd = Images.sparse(directory.resolve("odd.img"), SIZE + 512);
    before = listing();
    assertRefusal(DiskServer.refusal(odd, "--block-size", 4096), 1, 2);
    assertRefusal(
        DiskServer.refusal(directory.resolve("new.img"), "--create", 1000, "--block-size", 512),
        1,
        2);
  }

  @Test
  void create_refuses_to_touch_an_image_that_exists() throws IOException {
    assertRefusal(DiskServer.refusal(image, "--create", "2M"), 1);
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    before = listing();
    assertRefusal(DiskServer.refusal(link, "--create", "2M"), 1);
  }

  @Test
  void create_in_a_missing_directory_is_refused() {
    assertRefusal(DiskServer.refusal(directory.resolve("missing/new.img"), "--create", "1M"), 1);
  }

  @Test
  void a_socket_of_a_living_server_is_refused_and_that_one_goes_on() throws IOException {
    Path other = Images.sparse(directory.resolve("other.img"), SIZE);
    before = listing();
    try (DiskServer living = DiskServer.serve(image)) {
      String address = "unix:" + living.socket();
      assertRefusal(DiskServer.refusal(other, "--nbd", address), 1);
      assertRefusal(
          DiskServer.refusal(directory.resolve("new.img"), "--create", "1M", "--nbd", address), 1);
      try (NbdClient client = NbdClient.ready(living.socket())) {
        assertThat(client.read(0, 512)).isEqualTo(Images.read(image, 0, 512));
      }
    }
  }

  @Test
  void a_socket_of_a_dead_server_is_replaced() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(DiskServer.defaultSocket(image));
    ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address).close();
    assertThat(Files.exists(address.getPath())).isTrue();
    try (DiskServer server = DiskServer.serve(image);
        NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void a_file_where_the_socket_should_be_is_kept() throws IOException {
    Path precious = Files.writeString(DiskServer.defaultSocket(image), "precious");
    before = listing();
    assertRefusal(DiskServer.refusal(image), 1);
    assertThat(Files.readString(precious)).isEqualTo("precious");
  }

  @Test
  void a_socket_path_longer_than_the_kernel_s_107_bytes_is_refused_with_that_number() {
    String name = "s".repeat(108 - directory.toString().length() - 1);
    Tool.Result result = DiskServer.refusal(image, "--nbd", "unix:" + directory.resolve(name));
    assertRefusal(result, 1, 2);
    assertThat(result.errors()).contains("107");
    assertRefusal(
        DiskServer.refusal(
            directory.resolve("new.img"), "--create", "1M", "--nbd", "unix:/" + "s".repeat(200)),
        1,
        2);
  }

  @Test
  void a_socket_path_of_exactly_107_bytes_is_served() throws IOException {
    Path socket = directory.resolve("s".repeat(107 - directory.toString().length() - 1));
    // Java itself stops a byte short of the kernel's limit, hence the detour.
    Path detour = Files.createSymbolicLink(directory.resolve("detour"), socket);
    try (DiskServer server = DiskServer.serve(image, "--nbd", "unix:" + socket);
        NbdClient client = NbdClient.ready(detour)) {
      assertThat(client.read(0, 512)).hasSize(512);
      assertThat(server.output()).contains(socket.toString());
    } finally {
      Files.delete(detour);
    }
  }

  @Test
  void a_socket_in_a_missing_directory_is_refused() {
    assertRefusal(DiskServer.refusal(image, "--nbd", "unix:" + directory + "/missing/s"), 1);
  }

  @Test
  void a_port_in_use_is_refused_and_leaves_neither_image_nor_socket() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "tcp:127.0.0.1:" + taken.getLocalPort();
      assertRefusal(DiskServer.refusal(image, "--nbd", address), 1);
      Path socket = directory.resolve("s");
      assertRefusal(
          DiskServer.refusal(
              directory.resolve("new.img"),
              "--create",
              "1M",
              "--nbd",
              "unix:" + socket,
              "--nbd",
              address),
          1);
    }
  }

  /** Root may open everything: without its capabilities it is held to the modes of its files. */
  private static List<String> asAnybody() {
    if (!Privileged.isRoot()) {
      return List.of("env");
    }
    Tool.require("setpriv");
    return List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");
  }

  /** Names, kinds, modes, sizes and contents. */
  private Map<String, String> listing() {
    Map<String, String> listing = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        String name = directory.relativize(file).toString();
        Map<String, Object> facts =
            Files.readAttributes(file, "unix:mode,size", LinkOption.NOFOLLOW_LINKS);
        int content =
            Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? Arrays.hashCode(Files.readAllBytes(file))
                : 0;
        // A directory's own size may stay grown after a name in it has come and gone.
        String size = Files.isDirectory(file) ? "" : " " + facts.get("size");
        listing.put(name, facts.get("mode") + size + " " + content);
      }
      return listing;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
