package dev.uring.cli;

import java.util.Locale;

/**
 * Whether the kernel has one thing.
 *
 * @param kind what sort of thing, such as {@code request}
 * @param name the kernel's name in short
 * @param since the Linux version that introduced it
 * @param use what happens if it is missing
 * @param there whether it is there
 * @param remark more for people, or empty
 */
record Finding(String kind, String name, String since, Use use, boolean there, String remark) {
  /** What this program does with a thing. */
  enum Use {
    /** Nothing works without. */
    NEEDED("needed"),
    /** It is used where it is, and done without where it is not. */
    HELPFUL("used if there"),
    /** The allowlist names it and this program does not use it. */
    ALLOWED("allowed, unused");

    private final String text;

    Use(String text) {
      this.text = text;
    }
  }

  /** Whether it is missing and that matters. */
  boolean isFatal() {
    return !there && use == Use.NEEDED;
  }

  static String heading() {
    return row("", "", "since", "", "here");
  }

  String row() {
    String answer = there ? "yes" : isFatal() ? "NO" : "no";
    return row(kind, name, since, use.text, remark.isEmpty() ? answer : answer + ", " + remark);
  }

  private static String row(String kind, String name, String since, String use, String here) {
    return String.format(Locale.ROOT, "  %-15s%-24s%-7s%-17s%s", kind, name, since, use, here)
        .stripTrailing();
  }
}
