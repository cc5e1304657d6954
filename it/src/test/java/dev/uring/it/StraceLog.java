package dev.uring.it;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts the system calls in the log of {@code strace -f -o}. */
final class StraceLog {
  /** A call begins with its name and a parenthesis, or ends with "resumed" after another's line. */
  private static final Pattern CALL =
      Pattern.compile("^(\\d+) +(?:<\\.\\.\\. )?([a-z_0-9]+)[( ].*");

  private StraceLog() {}

  /** How often these threads made each call; a call cut in two counts where it begins. */
  static Map<String, Integer> calls(String log, Collection<Long> threads) {
    Map<String, Integer> calls = new TreeMap<>();
    for (String line : log.lines().toList()) {
      Matcher matcher = CALL.matcher(line);
      if (matcher.matches() && threads.contains(Long.valueOf(matcher.group(1)))) {
        int begins = line.contains("<... ") ? 0 : 1;
        calls.merge(matcher.group(2), begins, Integer::sum);
      }
    }
    return calls;
  }
}
