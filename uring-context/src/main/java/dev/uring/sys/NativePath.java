package dev.uring.sys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;

/**
 * Paths as the kernel takes them.
 *
 * <p>The JVM encodes file names by the locale it was started in ({@code sun.jnu.encoding}), which
 * need not be {@link Charset#defaultCharset()}; the same encoding is used here, so that one {@link
 * Path} names one file on both ways to the kernel.
 */
public final class NativePath {
  private static final Charset ENCODING =
      Charset.forName(System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

  private NativePath() {}

  /**
   * The bytes of the path and a NUL.
   *
   * @throws InvalidPathException if the path cannot be written in the locale's encoding or contains
   *     a NUL
   * @throws ProviderMismatchException if it is of another file system than the operating system's
   */
  public static byte[] bytes(Path path) {
    return bytes(text(path));
  }

  /**
   * The path as text.
   *
   * @throws ProviderMismatchException if it is of another file system than the operating system's:
   *     the same text is another file there
   */
  public static String text(Path path) {
    FileSystem system = path.getFileSystem();
    if (system != FileSystems.getDefault()) {
      throw new ProviderMismatchException(
          "a file within " + system + " is none of the operating system's; copy it out: " + path);
    }
    return path.toString();
  }

  /**
   * The bytes of a name and a NUL.
   *
   * @throws InvalidPathException as {@link #bytes(Path)}
   */
  public static byte[] bytes(String name) {
    if (name.indexOf('\0') >= 0) {
      throw new InvalidPathException(name, "contains a NUL");
    }
    try {
      ByteBuffer encoded = ENCODING.newEncoder().encode(CharBuffer.wrap(name));
      byte[] terminated = new byte[encoded.remaining() + 1];
      encoded.get(terminated, 0, encoded.remaining());
      return terminated;
    } catch (CharacterCodingException e) {
      throw new InvalidPathException(
          name, "has characters that the locale's encoding " + ENCODING + " lacks; set LC_ALL");
    }
  }
}
