package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code ./uring-disk serve} as a process. Closing it sends SIGTERM and holds it to its promise:
 * exit status 0, its socket gone, no stack trace. It never outlives the test.
 */
final class DiskServer implements AutoCloseable {
  static final Duration START_LIMIT = Duration.ofSeconds(60);
  static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private static final String UNIX = "unix:";

  private final Running running;
  private final Path socket;
  private boolean ended;

  private DiskServer(Running running, Path socket) {
    this.running = running;
    this.socket = socket;
  }

  /** Serves the image on its default socket and waits until clients may come. */
  static DiskServer serve(Path image, Object... options) {
    return serveUnder(List.of(), image, options);
  }

  /** The same, started through a program such as {@code env} that replaces itself by it. */
  static DiskServer serveUnder(List<String> wrapper, Path image, Object... options) {
    Running running = start(wrapper, image, options);
    DiskServer server = new DiskServer(running, socket(image, options));
    boolean ready = false;
    try {
      Await.holds(START_LIMIT, () -> server.isReady() || !running.isAlive());
      ready = server.isReady();
      if (!ready) {
        throw new AssertionError("The server did not get ready: " + running.describe());
      }
      return server;
    } finally {
      if (!ready) {
        running.close();
      }
    }
  }

  /** Runs a serve that is expected to end by itself. */
  static Tool.Result refusal(Path image, Object... options) {
    return refusalUnder(List.of(), image, options);
  }

  static Tool.Result refusalUnder(List<String> wrapper, Path image, Object... options) {
    try (Running running = start(wrapper, image, options)) {
      int status = running.await(START_LIMIT);
      return new Tool.Result(
          "serve " + image + " " + List.of(options), status, running.output(), running.errors());
    }
  }

  private static Running start(List<String> wrapper, Path image, Object... options) {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Repository.launcher().toString());
    command.add("serve");
    command.add(image.toString());
    for (Object option : options) {
      command.add(option.toString());
    }
    return Running.start(Path.of("/"), command);
  }

  static Path defaultSocket(Path image) {
    return Path.of(image + ".sock");
  }

  /** The first UNIX socket among the options, else the default one. */
  private static Path socket(Path image, Object... options) {
    for (int i = 1; i < options.length; i++) {
      if (options[i - 1].equals("--nbd") && options[i].toString().startsWith(UNIX)) {
        return Path.of(options[i].toString().substring(UNIX.length()));
      }
    }
    return defaultSocket(image);
  }

  boolean isAlive() {
    return running.isAlive();
  }

  private boolean isReady() {
    return running.output().lines().anyMatch(line -> line.startsWith("ready"));
  }

  Path socket() {
    return socket;
  }

  String uri() {
    return "nbd+unix:///?socket=" + socket;
  }

  String output() {
    return running.output();
  }

  /** The server's own process: the launcher replaces itself by it. */
  long pid() {
    return running.pid();
  }

  /** Descriptors that the server holds open. */
  int descriptors() {
    try (Stream<Path> entries = Files.list(proc().resolve("fd"))) {
      return Math.toIntExact(entries.count());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Memory that the server occupies, in bytes. */
  long residentMemory() {
    for (String line : lines(proc().resolve("status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * Images.KIB;
      }
    }
    throw new AssertionError("The server has no memory: is it alive? " + running.describe());
  }

  /** The kernel's numbers of the threads whose name begins so. */
  List<Long> threads(String prefix) {
    List<Long> threads = new ArrayList<>();
    try (Stream<Path> entries = Files.list(proc().resolve("task"))) {
      for (Path entry : entries.toList()) {
        if (lines(entry.resolve("comm")).get(0).startsWith(prefix)) {
          threads.add(Long.valueOf(entry.getFileName().toString()));
        }
      }
      return threads;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks the server to end with SIGTERM and returns at once. */
  void terminate() {
    running.terminate();
  }

  /** Asks the server to end with another signal and returns at once. */
  void signal(String name) {
    running.signal(name);
  }

  /** Ends the server with SIGKILL: no promise is left to be kept. */
  void kill() {
    ended = true;
    running.kill();
  }

  /** Waits for the end that a signal has asked for and holds the server to its promise. */
  void awaitCleanEnd() {
    ended = true;
    int status = running.await(STOP_LIMIT);
    assertThat(status).as("exit status of %s", running.describe()).isZero();
    assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS))
        .as("%s is left behind", socket)
        .isFalse();
    assertThat(running.errors()).as("stderr").doesNotContain("\tat ").doesNotContain("Exception");
  }

  @Override
  public void close() {
    try {
      if (!ended) {
        if (!running.isAlive()) {
          throw new AssertionError("The server ended by itself: " + running.describe());
        }
        terminate();
        awaitCleanEnd();
      }
    } finally {
      running.close();
    }
  }

  private Path proc() {
    return Path.of("/proc", Long.toString(pid()));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
