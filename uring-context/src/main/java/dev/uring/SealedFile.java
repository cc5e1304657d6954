package dev.uring;

import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Files in memory whose content nobody can change any more, whoever has them open ({@code
 * memfd_create(2)} with every seal of {@code F_ADD_SEALS} in {@code fcntl(2)}; Linux 3.17).
 *
 * <p>So a process can leave word of itself that others read under {@code /proc/PID/fd} for as long
 * as it keeps the descriptor: what they read is what it wrote once. Needs {@code /proc}.
 */
public final class SealedFile {
  private static final int F_SEAL_SEAL = 1;
  private static final int F_SEAL_SHRINK = 1 << 1;
  private static final int F_SEAL_GROW = 1 << 2;
  private static final int F_SEAL_WRITE = 1 << 3;
  private static final int SEALED = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

  private SealedFile() {}

  /**
   * A file with this content, for good.
   *
   * @param name shown under {@code /proc} as {@code /memfd:name (deleted)}, at most 249 bytes
   * @return its descriptor, which the caller closes
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalArgumentException if the name is too long, cannot be encoded or has a NUL
   * @throws UncheckedIOException if it cannot be written, as without {@code /proc}
   */
  public static Descriptor of(String name, byte[] content) {
    Descriptor file = Descriptor.memFd(name, content.length);
    boolean done = false;
    int number = file.acquire();
    try {
      Files.write(byNumber(number), content);
      Calls.check("fcntl(F_ADD_SEALS)", FileCalls.fcntl(number, FileCalls.F_ADD_SEALS, SEALED));
      done = true;
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("a file in memory could not be written", e);
    } finally {
      file.release();
      if (!done) {
        file.close();
      }
    }
  }

  /**
   * What such a file holds.
   *
   * @param path of one, such as {@code /proc/4711/fd/12}; whatever it is, opening it does not wait
   * @param maximum how many bytes are taken in at most, 0 or more
   * @return empty if it is no such file, is not sealed, or holds more
   * @throws IOException if it cannot be opened or read
   * @throws IllegalArgumentException if the path cannot be encoded, or the maximum is negative
   */
  public static Optional<byte[]> read(Path path, int maximum) throws IOException {
    if (maximum < 0) {
      throw new IllegalArgumentException("maximum is negative: " + maximum);
    }
    byte[] name = NativePath.bytes(path);
    int flags = FileCalls.O_RDONLY | FileCalls.O_NONBLOCK | FileCalls.O_CLOEXEC;
    int number = (int) Calls.uninterrupted(() -> FileCalls.open(name, flags, 0));
    if (number < 0) {
      throw new IOException(path + ": " + Errno.description(-number));
    }
    try (Descriptor file = Descriptor.own(number, path.toString())) {
      int open = file.acquire();
      try {
        return isSealed(open) ? content(open, maximum) : Optional.empty();
      } finally {
        file.release();
      }
    }
  }

  private static boolean isSealed(int number) {
    int seals = FileCalls.fcntl(number, FileCalls.F_GET_SEALS, 0);
    return seals >= 0 && (seals & SEALED) == SEALED;
  }

  private static Optional<byte[]> content(int number, int maximum) throws IOException {
    try (InputStream content = Files.newInputStream(byNumber(number))) {
      byte[] bytes = content.readNBytes(maximum);
      return content.read() >= 0 ? Optional.empty() : Optional.of(bytes);
    }
  }

  private static Path byNumber(int number) {
    return Path.of("/proc/self/fd", Integer.toString(number));
  }
}
