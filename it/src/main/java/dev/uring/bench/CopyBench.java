package dev.uring.bench;

import dev.uring.examples.FileCopier;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * The example of a copier against {@code Files.copy}, with what makes its copy durable and complete
 * or not there at all: the same promise on both sides.
 */
final class CopyBench implements AutoCloseable {
  private final Path directory;
  private final FileCopier example = new FileCopier();

  CopyBench(Path directory) {
    this.directory = directory;
  }

  /** One row: files of so many bytes, so many each round. */
  ExamplePair measure(String size, int bytes, int files, int rounds) throws IOException {
    Path original = directory.resolve("original");
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Files.write(original, content);
    ExamplePair row = new ExamplePair("copy " + files + " x " + size, "file");
    for (int round = -1; round < rounds; round++) {
      boolean exampleFirst = round % 2 == 0;
      Sample first = run(exampleFirst, original, files);
      Sample second = run(!exampleFirst, original, files);
      // The round below zero warms up.
      if (round >= 0) {
        row.add(exampleFirst ? first : second, exampleFirst ? second : first, files);
      }
    }
    Files.delete(original);
    return row;
  }

  private Sample run(boolean ofExample, Path original, int files) throws IOException {
    Path copy = directory.resolve("copy");
    ThreadMeter meter = new ThreadMeter();
    meter.start();
    for (int file = 0; file < files; file++) {
      if (ofExample) {
        long unused = example.copy(original, copy);
      } else {
        copyPlainly(original, copy);
      }
    }
    Sample sample = meter.stop();
    if (Files.mismatch(original, copy) != -1) {
      throw new IOException("the copy is not like its original");
    }
    Files.delete(copy);
    return sample;
  }

  private static void copyPlainly(Path original, Path copy) throws IOException {
    Path unfinished = Path.of(copy + ".unfinished");
    Files.copy(original, unfinished, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() {
    example.close();
  }
}
