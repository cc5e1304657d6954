package dev.uring.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A QEMU program that has an image open: qemu-io, waiting at its prompt. */
final class QemuHolder implements AutoCloseable {
  private static final String PROMPT = "qemu-io> ";

  private final Process process;

  private QemuHolder(Process process) {
    this.process = process;
  }

  /** Starts it and returns once the image is open. */
  static QemuHolder hold(Path image, String... options) throws IOException {
    Command.assumeInstalled("qemu-io");
    List<Object> command = new ArrayList<>(List.of("qemu-io", "-f", "raw"));
    command.addAll(Arrays.asList(options));
    command.add(image);
    Process process = Command.start(command.toArray());
    StringBuilder seen = new StringBuilder();
    InputStream output = process.getInputStream();
    while (seen.indexOf(PROMPT) < 0) {
      int next = output.read();
      if (next < 0) {
        throw new AssertionError("qemu-io could not open " + image + ": " + seen);
      }
      seen.append(new String(new byte[] {(byte) next}, StandardCharsets.ISO_8859_1));
    }
    return new QemuHolder(process);
  }

  /** SIGKILL, without waiting for what it held to be given back. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
