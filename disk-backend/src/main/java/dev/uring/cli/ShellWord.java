package dev.uring.cli;

import com.google.common.base.CharMatcher;

/** Words of a command line that a POSIX shell takes as they are meant. */
final class ShellWord {
  private static final CharMatcher PLAIN =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("@%+=:,./_-"));

  private ShellWord() {}

  /** The text as one word, in quotes if it needs them. */
  static String of(String text) {
    return !text.isEmpty() && PLAIN.matchesAllOf(text)
        ? text
        : "'" + text.replace("'", "'\\''") + "'";
  }
}
