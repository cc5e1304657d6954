package dev.uring.cli;

import dev.uring.disk.ByteSize;
import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdClient;
import dev.uring.nbd.NbdServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** What is shown, step by step; each step checks what it claims. */
final class Demo {
  private static final int SIZE = 64 << 20;
  private static final int CHUNK = 1 << 20;
  private static final long SEED = 0x5eed;

  private final DemoDirectory directory;
  private final PrintWriter out;

  Demo(DemoDirectory directory, PrintWriter out) {
    this.directory = directory;
    this.out = out;
  }

  void run() {
    NbdAddress address = socket();
    ServeRequest request =
        new ServeRequest(
            directory.image(),
            ImageOptions.defaults().withCreate(SIZE),
            List.of(address),
            NbdServerOptions.defaults());
    try (DiskService service = DiskService.start(request)) {
      say("Serving " + ByteSize.format(SIZE) + " at " + address.uri());
      try (NbdClient client = NbdClient.connect(address)) {
        use(client);
        new ForbiddenRequest(service.server().allowlist(), directory.image()).show(out);
        measure(client);
        client.disconnect();
      }
      service.stop();
      say("Stopped the server: everything is flushed, the socket is gone.");
    } catch (IOException e) {
      throw new FailureException("the demonstration's disk failed: " + e.getMessage(), e);
    }
  }

  private NbdAddress socket() {
    try {
      return new NbdAddress.Unix(directory.socket().toString());
    } catch (IllegalArgumentException e) {
      throw new FailureException(
          directory.socket() + " is too long a name for a socket: set TMPDIR to a shorter one", e);
    }
  }

  private void use(NbdClient client) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    for (long at = 0; at < SIZE; at += CHUNK) {
      client.write(at, fill(chunk, random), 0);
    }
    client.flush();
    say("Wrote " + ByteSize.format(SIZE) + " of random bytes and flushed them.");

    SplittableRandom same = new SplittableRandom(SEED);
    ByteBuffer expected = ByteBuffer.allocateDirect(CHUNK);
    for (long at = 0; at < SIZE; at += CHUNK) {
      compare(client, at, fill(expected, same), chunk);
    }
    say("Read them back: the same bytes.");

    client.trim(0, CHUNK, 0);
    client.writeZeroes(CHUNK, CHUNK, 0);
    ByteBuffer zeroes = ByteBuffer.allocateDirect(CHUNK);
    compare(client, CHUNK, zeroes, chunk);
    say("Trimmed one MiB, zeroed another: it reads as zeroes.");
  }

  private static ByteBuffer fill(ByteBuffer chunk, SplittableRandom random) {
    for (int at = 0; at < CHUNK; at += Long.BYTES) {
      chunk.putLong(at, random.nextLong());
    }
    return chunk.clear();
  }

  static void compare(NbdClient client, long at, ByteBuffer expected, ByteBuffer chunk)
      throws IOException {
    client.read(at, chunk.clear());
    int difference = expected.clear().mismatch(chunk.flip());
    if (difference >= 0) {
      throw new FailureException(
          "the disk gave back other bytes than were written, first at "
              + (at + difference)
              + ": report this, with the file system that TMPDIR is on");
    }
  }

  private void measure(NbdClient client) throws IOException {
    out.println();
    out.printf(
        "Client and server in one process on %d processors, through the page cache:%n",
        Runtime.getRuntime().availableProcessors());
    out.println(DemoWorkload.heading());
    for (DemoWorkload workload : DemoWorkload.values()) {
      out.println(workload.measure(client, SIZE));
      out.flush();
    }
    out.println();
  }

  private void say(String sentence) {
    out.println(sentence);
    out.flush();
  }
}
