package dev.uring.bench;

import com.sun.management.ThreadMXBean;
import dev.uring.Descriptor;
import dev.uring.Sockets;
import dev.uring.examples.EchoServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The example of a server against a selector's: the same load, from a program in C, in turns. */
final class EchoBench implements AutoCloseable {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Twice the most connections at once: those of a round may go while the next ones come. */
  private static final int PLACES = 64;

  private final Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, PLACES);
  private final CompletableFuture<EchoServer> example = new CompletableFuture<>();
  private final NioEcho plain = new NioEcho();
  private final Thread exampleThread = new Thread(this::serve, "echo-example");
  private final Thread plainThread = new Thread(plain, "echo-plain");
  private final MeasuredProcess exampleLoad;
  private final MeasuredProcess plainLoad;

  EchoBench(Path load) throws IOException {
    exampleThread.start();
    plainThread.start();
    exampleLoad = load(load, Sockets.boundAddress(listener).getPort());
    plainLoad = load(load, plain.port());
  }

  private void serve() {
    try (EchoServer server = new EchoServer(listener, PLACES)) {
      example.complete(server);
      server.run();
    } catch (RuntimeException e) {
      example.completeExceptionally(e);
      throw e;
    }
  }

  private static MeasuredProcess load(Path program, int port) throws IOException {
    return new MeasuredProcess("echo-load", List.of(program.toString(), Integer.toString(port)));
  }

  /** One row, in so many rounds. */
  ExamplePair measure(int connections, int size, long echoes, int rounds) throws IOException {
    ExamplePair row = new ExamplePair("echo " + connections + " x " + size + " B", "echo");
    for (int round = -2; round < rounds; round++) {
      boolean exampleFirst = round % 2 == 0;
      Sample first = run(exampleFirst, connections, size, echoes);
      Sample second = run(!exampleFirst, connections, size, echoes);
      // The rounds below zero warm up.
      if (round >= 0) {
        row.add(exampleFirst ? first : second, exampleFirst ? second : first, echoes);
      }
    }
    return row;
  }

  private Sample run(boolean ofExample, int connections, int size, long echoes) throws IOException {
    Thread server = ofExample ? exampleThread : plainThread;
    long processor = THREADS.getThreadCpuTime(server.getId());
    String answer =
        (ofExample ? exampleLoad : plainLoad).ask(connections + " " + size + " " + echoes);
    return new Sample(
        THREADS.getThreadCpuTime(server.getId()) - processor, Long.parseLong(answer), 0);
  }

  @Override
  public void close() throws IOException {
    try {
      exampleLoad.close();
      plainLoad.close();
      example.join().stop();
      plain.stop();
      exampleThread.join();
      plainThread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      plain.close();
      listener.close();
    }
  }
}
