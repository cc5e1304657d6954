package dev.uring.allowlist;

import java.io.Serial;

/**
 * A text is not an allowlist. The message is one sentence with line, column, cause and remedy; it
 * is safe to print, as foreign characters in it are escaped and long words are cut.
 */
public final class AllowlistSyntaxException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  AllowlistSyntaxException(int line, int column, String problem) {
    super("line %d, column %d: %s".formatted(line, column, problem));
    this.line = line;
    this.column = column;
  }

  /** The line of the offending word, counted from 1. */
  public int line() {
    return line;
  }

  /** The column where the offending word begins, counted from 1 in UTF-16 units. */
  public int column() {
    return column;
  }
}
