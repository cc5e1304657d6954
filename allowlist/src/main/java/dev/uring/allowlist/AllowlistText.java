package dev.uring.allowlist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Allowlists as text, for configuration files.
 *
 * <pre>
 * # an embedded disk that also needs timers
 * include closed-block-device
 * allow timeout link_timeout        # names as in the kernel's header, in lower case
 * allow-flags cqe_skip_success
 * </pre>
 *
 * <p>A line is a directive and one or more names, parted by spaces or tabs; {@code #} starts a
 * comment; empty lines are allowed. The directives are {@code allow} (requests), {@code
 * allow-register} (register calls), {@code allow-flags} and {@code require-flags} (entry flags),
 * and {@code include} (presets, with all that they allow and all that they require). Every line
 * adds; the order of lines does not matter, and saying something twice is the same as saying it
 * once. A text without any directive permits nothing.
 *
 * <p>Reading is strict and does nothing but read: an unknown word, or a directive without a name,
 * is an {@link AllowlistSyntaxException} with its line and column.
 */
public final class AllowlistText {
  /** The longest text that is read, in characters, and the largest file, in bytes: 64 KiB. */
  public static final int MAX_LENGTH = 64 * 1024;

  private static final int LINE_WIDTH = 80;

  private AllowlistText() {}

  /**
   * Reads a text.
   *
   * @return a list without a name, also if the text includes a single preset
   * @throws AllowlistSyntaxException if the text is not an allowlist or is longer than {@link
   *     #MAX_LENGTH}
   */
  public static URingAllowlist parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw tooLong();
    }
    return new AllowlistParser(text).parse();
  }

  /**
   * Reads a file in UTF-8, of which no more than {@link #MAX_LENGTH} bytes are taken in. Malformed
   * bytes are tolerated in comments only.
   *
   * @throws IOException if the file cannot be read
   * @throws AllowlistSyntaxException if its text is not an allowlist or is longer than {@link
   *     #MAX_LENGTH}
   */
  public static URingAllowlist read(Path file) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(MAX_LENGTH + 1);
      if (bytes.length > MAX_LENGTH) {
        throw tooLong();
      }
      return parse(new String(bytes, UTF_8));
    }
  }

  /**
   * The text of a list, each permission by its own name: it means the same whatever becomes of the
   * presets. Equal lists give equal texts, and {@link #parse} gives an equal list back.
   */
  public static String format(URingAllowlist list) {
    StringBuilder text = new StringBuilder();
    append(text, AllowlistParser.ALLOW, list.operations());
    append(text, AllowlistParser.ALLOW_REGISTER, list.registerCalls());
    append(text, AllowlistParser.ALLOW_FLAGS, list.allowedFlags());
    append(text, AllowlistParser.REQUIRE_FLAGS, list.requiredFlags());
    return text.isEmpty() ? "# permits nothing\n" : text.toString();
  }

  private static void append(
      StringBuilder text, String directive, Collection<? extends Permission> permissions) {
    int lineStart = text.length();
    for (Permission permission : permissions) {
      String name = permission.textName();
      boolean full = text.length() - lineStart + 1 + name.length() > LINE_WIDTH;
      if (full) {
        text.append('\n');
        lineStart = text.length();
      }
      if (text.length() == lineStart) {
        text.append(directive);
      }
      text.append(' ').append(name);
    }
    if (text.length() > lineStart) {
      text.append('\n');
    }
  }

  private static AllowlistSyntaxException tooLong() {
    return new AllowlistSyntaxException(
        1, 1, "the text is longer than %d characters; shorten it".formatted(MAX_LENGTH));
  }
}
