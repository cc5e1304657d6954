package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.UringException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class UnixListeningTest {
  @TempDir Path directory;

  @Test
  void a_client_connects_and_the_name_has_exactly_the_mode_asked_for() throws Exception {
    // 0666 is more than the usual umask lets through, 0600 and 0000 less.
    for (int mode : new int[] {0600, 0666, 0, 0660, 0777}) {
      Path path = directory.resolve("socket-" + mode);
      try (Descriptor listener = Sockets.listenUnix(path, mode, 5)) {
        assertThat(FileStatus.of(path).kind()).isEqualTo(FileKind.SOCKET);
        assertThat(FileStatus.of(path).permissions()).isEqualTo(mode);
        assertThat(listener.isClosed()).isFalse();
        if (mode == 0600) {
          try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            assertThat(client.isConnected()).isTrue();
          }
          Sockets.connectUnix(path).close();
        }
      }
    }
  }

  @Test
  void a_dead_socket_is_replaced() {
    Path path = directory.resolve("socket");
    Sockets.listenUnix(path, 0600, 1).close();
    assertThat(path).exists();
    assertThatThrownBy(() -> Sockets.connectUnix(path)).hasMessageContaining("ECONNREFUSED");
    try (Descriptor listener = Sockets.listenUnix(path, 0600, 1);
        Descriptor client = Sockets.connectUnix(path)) {
      assertThat(List.of(listener, client)).noneMatch(Descriptor::isClosed);
    }
  }

  @Test
  void a_living_server_is_left_alone() {
    Path path = directory.resolve("socket");
    try (Descriptor living = Sockets.listenUnix(path, 0600, 2)) {
      assertThat(living.isClosed()).isFalse();
      assertTaken(path, "a server is listening there");
      Sockets.connectUnix(path).close();
    }
  }

  @Test
  void a_living_server_with_a_full_backlog_is_left_alone() {
    Path path = directory.resolve("socket");
    try (Descriptor living = Sockets.listenUnix(path, 0600, 1)) {
      assertThat(living.isClosed()).isFalse();
      // Each refused attempt leaves a connection in the backlog of one, until there is no room.
      for (int i = 0; i < 5; i++) {
        assertTaken(path, "a server is listening there");
      }
    }
  }

  @Test
  void what_is_not_a_socket_is_left_alone() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "precious");
    assertTaken(file, "something else than a socket");
    assertThat(file).hasContent("precious");
    Path dead = directory.resolve("dead");
    Sockets.listenUnix(dead, 0600, 1).close();
    Path link = Files.createSymbolicLink(directory.resolve("link"), dead);
    assertTaken(link, "something else than a socket");
    assertThat(dead).exists();
    assertTaken(Files.createDirectory(directory.resolve("directory")), "something else");
  }

  private static void assertTaken(Path path, String cause) {
    assertThatThrownBy(() -> Sockets.listenUnix(path, 0600, 1))
        .isInstanceOf(UringException.class)
        .hasMessageContaining("EADDRINUSE")
        .hasMessageContaining(path.toString())
        .hasMessageContaining(cause)
        .hasMessageContaining("choose another path");
  }

  @Test
  void a_path_of_107_bytes_is_the_longest() {
    Path longest = ofLength(107);
    try (Descriptor listener = Sockets.listenUnix(longest, 0600, 1)) {
      assertThat(listener.isClosed()).isFalse();
      Sockets.connectUnix(longest).close();
    }
    Path tooLong = ofLength(108);
    assertThatThrownBy(() -> Sockets.listenUnix(tooLong, 0600, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("108 bytes")
        .hasMessageContaining("at most 107")
        .hasMessageContaining("shorter");
    assertThatThrownBy(() -> Sockets.connectUnix(tooLong))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Sockets.connectUnix(Path.of("")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(tooLong).doesNotExist();
  }

  private Path ofLength(int length) {
    String prefix = directory + "/";
    return Path.of(prefix + "x".repeat(length - prefix.length()));
  }

  @Test
  void a_missing_directory_is_named_as_the_cause() {
    assertThatThrownBy(() -> Sockets.listenUnix(directory.resolve("no/socket"), 0600, 1))
        .isInstanceOf(UringException.class)
        .hasMessageContaining("directory does not exist");
  }

  @Test
  void of_several_that_find_a_dead_socket_exactly_one_replaces_it_and_is_reached()
      throws Exception {
    Path path = directory.resolve("socket");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 200; round++) {
        Sockets.listenUnix(path, 0600, 1).close();
        List<Callable<Descriptor>> contenders =
            List.of(this::tryListen, this::tryListen, this::tryListen, this::tryListen);
        List<Descriptor> winners = new ArrayList<>();
        for (Future<Descriptor> contender : threads.invokeAll(contenders)) {
          if (contender.get() != null) {
            winners.add(contender.get());
          }
        }
        assertThat(winners).hasSize(1);
        Sockets.connectUnix(path).close();
        winners.get(0).close();
      }
    } finally {
      threads.shutdown();
    }
  }

  private Descriptor tryListen() {
    try {
      return Sockets.listenUnix(directory.resolve("socket"), 0600, 8);
    } catch (UringException e) {
      assertThat(e.errnoName()).isEqualTo("EADDRINUSE");
      return null;
    }
  }

  @Test
  void no_refusal_leaves_a_descriptor_open() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    OpenDescriptors.mustNotLeak(
        1_000,
        () -> {
          assertTaken(file, "something else");
          assertThatThrownBy(() -> Sockets.listenUnix(directory.resolve("a/b"), 0600, 1));
          assertThatThrownBy(() -> Sockets.connectUnix(directory.resolve("none")));
        });
    try (Descriptor living = Sockets.listenUnix(directory.resolve("s"), 0600, 8)) {
      assertThat(living.isClosed()).isFalse();
      OpenDescriptors.mustNotLeak(
          1_000,
          () ->
              assertThatThrownBy(() -> Sockets.listenUnix(directory.resolve("s"), 0600, 1))
                  .isInstanceOf(UringException.class));
    }
  }
}
