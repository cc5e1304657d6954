package dev.uring.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.Sockets;
import dev.uring.ring.UringException;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples do what they say. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExamplesTest {
  private static final int CLIENTS = 8;

  @TempDir Path directory;

  /** Something that goes on in a thread of its own, and may fail. */
  private record Running(FutureTask<Void> task) {
    interface Action {
      void run() throws Exception;
    }

    static Running start(Action action) {
      FutureTask<Void> task =
          new FutureTask<>(
              () -> {
                action.run();
                return null;
              });
      new Thread(task).start();
      return new Running(task);
    }

    void result() throws Exception {
      task.get();
    }
  }

  private static int openDescriptors() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  /** Something that is done while the server runs. */
  private interface Talk {
    void with(InetSocketAddress server, EchoServer itself) throws Exception;
  }

  private static void serve(Talk talk) throws Exception {
    try (Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 64)) {
      CompletableFuture<EchoServer> started = new CompletableFuture<>();
      Running running =
          Running.start(
              () -> {
                try (EchoServer server = new EchoServer(listener, CLIENTS)) {
                  started.complete(server);
                  server.run();
                }
              });
      EchoServer server = started.get();
      try {
        talk.with(Sockets.boundAddress(listener), server);
      } finally {
        server.stop();
        running.result();
      }
    }
  }

  private static Socket connect(InetSocketAddress server) throws IOException {
    return new Socket(server.getAddress(), server.getPort());
  }

  private static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Sends so much, in a thread of its own, and expects the same back. */
  private static void echo(Socket client, byte[] sent) throws Exception {
    Running sending =
        Running.start(
            () -> {
              client.getOutputStream().write(sent);
              client.shutdownOutput();
            });
    assertThat(Arrays.equals(client.getInputStream().readAllBytes(), sent)).isTrue();
    sending.result();
  }

  @Test
  void an_echo_is_what_was_sent() throws Exception {
    serve(
        (server, itself) -> {
          for (int length : new int[] {0, 1, 4096, 4097, 5_000_000}) {
            try (Socket client = connect(server)) {
              echo(client, random(length, length));
            }
          }
        });
  }

  @Test
  void clients_are_served_side_by_side_and_one_after_the_other() throws Exception {
    serve(
        (server, itself) -> {
          for (int round = 0; round < 5; round++) {
            List<Running> clients = new ArrayList<>();
            for (Socket client : untilServed(server)) {
              byte[] sent = random(round, 200_000 + clients.size());
              clients.add(
                  Running.start(
                      () -> {
                        echo(client, sent);
                        client.close();
                      }));
            }
            assertThat(clients).hasSize(CLIENTS);
            for (Running client : clients) {
              client.result();
            }
          }
        });
  }

  /** As many as are served at once: who has ended still has its slot for a moment. */
  private static List<Socket> untilServed(InetSocketAddress server) throws IOException {
    List<Socket> clients = new ArrayList<>();
    while (clients.size() < CLIENTS) {
      Socket client = connect(server);
      if (isServed(client)) {
        clients.add(client);
      } else {
        client.close();
      }
    }
    return clients;
  }

  /** Whether it gets an echo; who finds no slot is sent away. */
  private static boolean isServed(Socket client) {
    try {
      client.getOutputStream().write(7);
      return client.getInputStream().read() == 7;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void what_waits_to_be_sent_is_sent_in_its_order() throws Exception {
    serve(
        (server, itself) -> {
          try (Socket client = connect(server)) {
            byte[] sent = random(5, 32 << 20);
            Running sending =
                Running.start(
                    () -> {
                      client.getOutputStream().write(sent);
                      client.shutdownOutput();
                    });
            while (itself.held() < EchoServer.MOST_HELD) {
              Thread.onSpinWait();
            }
            assertThat(Arrays.equals(client.getInputStream().readAllBytes(), sent)).isTrue();
            sending.result();
          }
        });
  }

  @Test
  void who_finds_no_slot_is_sent_away_and_who_comes_later_is_served() throws Exception {
    serve(
        (server, itself) -> {
          for (int round = 0; round < 3; round++) {
            List<Socket> clients = untilServed(server);
            try (Socket tooMany = connect(server)) {
              assertThat(isServed(tooMany)).isFalse();
            }
            for (Socket client : clients) {
              client.close();
            }
          }
        });
  }

  @Test
  void clients_that_do_not_listen_or_vanish_harm_nobody_else() throws Exception {
    serve(
        (server, itself) -> {
          List<Socket> bad = new ArrayList<>();
          for (int index = 0; index < CLIENTS - 1; index++) {
            Socket client = connect(server);
            client.getOutputStream().write(random(index, 50_000));
            bad.add(client);
          }
          try (Socket good = connect(server)) {
            echo(good, random(99, 1_000_000));
          }
          for (Socket client : bad) {
            client.setSoLinger(true, 0);
            client.close();
          }
          for (Socket client : untilServed(server)) {
            client.close();
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, FileCopier.BLOCK - 1, FileCopier.BLOCK, FileCopier.BLOCK + 1, 5_000_000})
  void a_copy_is_like_its_original(int length) throws Exception {
    Path original = Files.write(directory.resolve("original"), random(length, length));
    Path copy = directory.resolve("copy");
    try (FileCopier copier = new FileCopier()) {
      for (int round = 0; round < 3; round++) {
        assertThat(copier.copy(original, copy)).isEqualTo(length);
        assertThat(copy).hasSameBinaryContentAs(original);
      }
    }
    assertThat(directory)
        .isDirectoryNotContaining(entry -> entry.toString().endsWith("unfinished"));
  }

  @Test
  void a_copy_that_fails_leaves_what_was_there() throws Exception {
    Path copy = Files.writeString(directory.resolve("copy"), "before");
    int open = openDescriptors();
    try (FileCopier copier = new FileCopier()) {
      Path missing = directory.resolve("missing");
      assertThatThrownBy(() -> copier.copy(missing, copy))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("missing");
      assertThatThrownBy(() -> copier.copy(directory, copy))
          .as("a directory cannot be read")
          .isInstanceOf(UringException.class);
      assertThat(copy).hasContent("before");
      Path original = Files.writeString(directory.resolve("original"), "after");
      assertThat(copier.copy(original, copy)).isEqualTo(5);
      assertThat(copy).hasContent("after");
    }
    assertThat(openDescriptors()).isBetween(open - 5, open + 5);
    try (var entries = Files.list(directory)) {
      assertThat(entries).hasSize(2);
    }
  }
}
