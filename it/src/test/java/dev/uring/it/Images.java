package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/** Image files and what they hold. */
final class Images {
  static final int KIB = 1 << 10;
  static final int MIB = 1 << 20;

  private Images() {}

  /** A file of the given size whose bytes follow from the seed. */
  static Path random(Path file, long size, long seed) {
    Random random = new Random(seed);
    byte[] chunk = new byte[MIB];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long written = 0; written < size; ) {
        random.nextBytes(chunk);
        ByteBuffer buffer = ByteBuffer.wrap(chunk, 0, (int) Math.min(chunk.length, size - written));
        while (buffer.hasRemaining()) {
          written += channel.write(buffer);
        }
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file that has a size and no blocks. */
  static Path sparse(Path file, long size) {
    return enlarge(file, size);
  }

  /** Makes a file longer, without blocks. */
  static Path enlarge(Path file, long size) {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(size);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes straight from the file or device. */
  static byte[] read(Path file, long offset, int length) {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw new AssertionError(file + " ends before byte " + (offset + length));
        }
      }
      return buffer.array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes bytes behind the back of whoever serves the file. */
  static void write(Path file, long offset, byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      while (buffer.hasRemaining()) {
        channel.write(buffer, offset + buffer.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] pattern(int value, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  static void assertSame(Path expected, Path actual) {
    try {
      assertThat(Files.size(actual)).as("size of %s", actual).isEqualTo(Files.size(expected));
      assertThat(Files.mismatch(expected, actual))
          .as("first byte in which %s differs from %s", actual, expected)
          .isEqualTo(-1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes that the file occupies, as against those it has. */
  static long allocated(Path file) {
    String blocks = Tool.run("stat", "-c", "%b", file).succeeded().output().strip();
    return Long.parseLong(blocks) * 512;
  }
}
