package dev.uring.it.guest;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel of the guest. */
final class Kernel {
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)\\b.*");

  private Kernel() {}

  /** Whether it lacks what came with this version. */
  static boolean isOlderThan(int major, int minor) {
    String release = System.getProperty("os.version");
    Matcher matcher = RELEASE.matcher(release);
    if (!matcher.matches()) {
      throw new IllegalStateException("a kernel of no known version: " + release);
    }
    int ownMajor = Integer.parseInt(matcher.group(1));
    int ownMinor = Integer.parseInt(matcher.group(2));
    return ownMajor < major || (ownMajor == major && ownMinor < minor);
  }
}
