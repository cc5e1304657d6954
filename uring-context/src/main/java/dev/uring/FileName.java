package dev.uring;

import dev.uring.sys.NativePath;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A name in the file system as requests take it: outside of the heap, and with the directory that
 * it is relative to. Immutable: make one, keep it, pass it often. Requests in flight hold it, and
 * the directory's descriptor is not closed beneath them.
 *
 * <pre>{@code
 * FileName log = FileName.in(directory, Path.of("log"));
 * }</pre>
 */
public final class FileName {
  /** The longest path that the kernel takes, in bytes ({@code PATH_MAX} less its NUL). */
  public static final int MAXIMUM_BYTES = 4095;

  /** Means the directory itself, to requests that are told so. */
  static final ByteBuffer EMPTY = ByteBuffer.allocateDirect(1);

  private final @Nullable Descriptor directory;
  private final ByteBuffer bytes;
  private final String text;

  private FileName(@Nullable Descriptor directory, Path path) {
    this.directory = directory;
    this.text = NativePath.text(path);
    this.bytes = bytes("a path", text, MAXIMUM_BYTES);
  }

  /**
   * A path that, if it is relative, starts from the process's working directory.
   *
   * @throws InvalidPathException if it has a NUL, or characters that the locale's encoding lacks
   * @throws IllegalArgumentException if it is empty or longer than {@link #MAXIMUM_BYTES}
   */
  public static FileName of(Path path) {
    return new FileName(null, path);
  }

  /**
   * A path that, if it is relative, starts from a directory, by whatever name that has now.
   *
   * @param directory stays the caller's to close, which forbids further requests with this name
   * @throws InvalidPathException if it has a NUL, or characters that the locale's encoding lacks
   * @throws IllegalArgumentException if it is empty or longer than {@link #MAXIMUM_BYTES}
   */
  public static FileName in(Descriptor directory, Path path) {
    return new FileName(Objects.requireNonNull(directory, "directory"), path);
  }

  /** A text and a NUL in memory of its own. */
  static ByteBuffer bytes(String what, String text, int most) {
    byte[] terminated = NativePath.bytes(text);
    int length = terminated.length - 1;
    if (length == 0 || length > most) {
      throw new IllegalArgumentException(what + " has from 1 to " + most + " bytes, not " + length);
    }
    return ByteBuffer.allocateDirect(terminated.length).put(0, terminated);
  }

  @Nullable Descriptor directory() {
    return directory;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public String toString() {
    return "FileName[" + text + (directory == null ? "" : " in " + directory) + "]";
  }
}
