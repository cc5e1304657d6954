package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdClient;
import dev.uring.nbd.NbdProtocol.Command;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

// A read from a process that says nothing cannot be interrupted.
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeTest {
  @TempDir Path directory;
  private Path image;
  private Path socket;
  private Path err;

  @BeforeEach
  void name_files() {
    image = directory.resolve("disk.img");
    socket = directory.resolve("disk.img.sock");
    err = directory.resolve("err.txt");
  }

  private Server serve(String... options) throws IOException {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "serve";
    arguments[1] = image.toString();
    System.arraycopy(options, 0, arguments, 2, options.length);
    return Server.start(err, arguments);
  }

  private NbdClient connect() throws IOException {
    return NbdClient.connect(new NbdAddress.Unix(socket.toString()));
  }

  @ParameterizedTest
  @CsvSource({"TERM,15", "INT,2", "HUP,1"})
  void a_signal_ends_the_server_with_status_zero_and_leaves_the_image_only(
      String signal, int number) throws Exception {
    try (Server server = serve("--create", "1M", "--threads", "1")) {
      server.lineThatBegins("ready");
      try (NbdClient client = connect()) {
        client.write(4096, ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);

        server.signal(signal);
        String heard = signal;
        if (isIgnoredHere(number)) {
          // As nohup(1) and the background jobs of scripts start programs: it stays ignored.
          server.signal("TERM");
          heard = "TERM";
        }

        assertThat(server.lineThatBegins("stopping")).isEqualTo("stopping: SIG" + heard);
        assertThat(server.awaitEnd()).isZero();
      }
      assertThat(server.err()).isEmpty();
    }
    assertThat(Files.readAllBytes(image)).hasSize(1 << 20).containsSequence(1, 2, 3);
    assertThat(socket).doesNotExist();
  }

  /** Whether this process, and so what it starts, was started to ignore a signal. */
  private static boolean isIgnoredHere(int number) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String mask = lines.filter(line -> line.startsWith("SigIgn:")).findFirst().orElseThrow();
      long ignored = Long.parseUnsignedLong(mask.substring("SigIgn:".length()).strip(), 16);
      return (ignored >> (number - 1) & 1) != 0;
    }
  }

  @Test
  void a_second_signal_ends_a_server_that_waits_for_its_clients() throws Exception {
    try (Server server = serve("--create", "64M", "--threads", "1")) {
      server.lineThatBegins("ready");
      try (SocketChannel lazy = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        askAndNotListen(lazy);
        server.signal("TERM");
        server.lineThatBegins("stopping");

        server.signal("TERM");

        assertThat(server.awaitEnd()).isEqualTo(128 + 15);
      }
    }
  }

  /** Asks for more than any socket buffers, so that the server cannot get rid of its answers. */
  private void askAndNotListen(SocketChannel channel) throws IOException {
    channel.connect(UnixDomainSocketAddress.of(socket));
    ByteBuffer hello = ByteBuffer.allocate(4 + 16 + 4);
    // Fixed newstyle without zeroes; then NBD_OPT_EXPORT_NAME with the empty name.
    hello.putInt(3).putLong(0x49484156454F5054L).putInt(1).putInt(0);
    channel.write(hello.flip());
    ByteBuffer greeting = ByteBuffer.allocate(18 + 10);
    while (greeting.hasRemaining()) {
      assertThat(channel.read(greeting)).isPositive();
    }
    ByteBuffer request = ByteBuffer.allocate(28);
    request.putInt(0x25609513).putShort((short) 0).putShort((short) Command.READ).putLong(1);
    request.putLong(0).putInt(32 << 20);
    channel.write(request.flip());
    // The answer has begun, so the request is known to be in flight.
    ByteBuffer begin = ByteBuffer.allocate(16);
    while (begin.hasRemaining()) {
      assertThat(channel.read(begin)).isPositive();
    }
  }

  @Test
  void the_report_says_what_is_served_and_how_and_ends_with_ready() throws Exception {
    Files.write(image, new byte[1 << 20]);
    try (Server server =
        serve(
            "--read-only",
            "--serial",
            "ABC-1",
            "--block-size",
            "512",
            "--threads",
            "2",
            "--connections",
            "7",
            "--in-flight",
            "40M",
            "--max-request",
            "1M",
            "--handshake-timeout",
            "3",
            "--message-timeout",
            "4",
            "--nbd",
            "unix:" + socket,
            "--nbd",
            "tcp:127.0.0.1:0")) {
      String ready = server.lineThatBegins("ready");
      server.signal("TERM");
      assertThat(server.awaitEnd()).isZero();

      String report = String.join("\n", server.lines());
      assertThat(report)
          .contains(image + ", 1M = 1048576 bytes, read-only")
          .contains("ABC-1")
          .contains("smallest 512, preferred 4096, largest 1048576 bytes")
          .contains("2 io_urings")
          .contains("closed-block-server-read-only")
          .contains("added by the library, to close a ring: unregister_files unregister_ring_fds")
          .contains("docs/allowlist.md")
          .contains("7 clients, 40M in flight each (280M in all), 1M a request")
          .contains("3 s for the handshake, 4 s for a message");
      List<String> uris = List.of(ready.split(" ")).subList(1, 3);
      for (String uri : uris) {
        for (String attach : AttachLines.of(NbdAddress.parse(uri), true)) {
          assertThat(report).contains("  " + attach);
        }
      }
      assertThat(uris.get(1)).matches("nbd://127\\.0\\.0\\.1:[1-9][0-9]*");
    }
  }

  @Test
  void the_export_tells_clients_what_the_image_can_do() throws Exception {
    try (Server server = serve("--create", "1M", "--block-size", "4096", "--max-request", "64K")) {
      server.lineThatBegins("ready");
      try (NbdClient client = connect()) {
        assertThat(client.export().blockSizes().minimum()).isEqualTo(4096);
        assertThat(client.export().blockSizes().maximum()).isEqualTo(65_536);
        assertThat(client.export().size()).isEqualTo(1 << 20);
        assertThat(client.export().transmissionFlags())
            .isEqualTo(1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11);
      }
      assertThat(NbdClient.list(new NbdAddress.Unix(socket.toString())))
          .extracting(NbdClient.Listing::name)
          .containsExactly("");
    }
  }

  @Test
  void a_port_that_others_can_reach_is_pointed_out() throws Exception {
    try (Server server = serve("--create", "1M", "--nbd", "tcp:0.0.0.0:0")) {
      server.lineThatBegins("  Whoever reaches this port has the disk");
      server.lineThatBegins("ready");
    }
  }
}
