import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads what surefire and failsafe reported, names every skipped test with its reason, and fails if
 * one was skipped that the committed list does not expect. A single file, so that it runs with
 * nothing but the JDK: {@code java it/tools/SkipReport.java TREE...}. The list is the first tree's
 * {@code it/expected-skips.txt}; the counts are the sum over all trees.
 */
public final class SkipReport {
  private static final String LIST = "it/expected-skips.txt";

  private final List<Expectation> expectations;
  private final Map<String, Integer> expected = new TreeMap<>();
  private final Map<String, Integer> unexpected = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();
  private int passed;
  private int skipped;

  private SkipReport(List<Expectation> expectations) {
    this.expectations = expectations;
  }

  /** One line of the list: which tests may be skipped, and with what reason. */
  private record Expectation(Pattern test, String reasonPrefix) {

    static Expectation parse(String line) {
      int colon = line.indexOf(" : ");
      if (colon < 0 || line.substring(colon + 3).isBlank()) {
        throw new IllegalArgumentException(
            LIST + ": \"" + line + "\" is not of the form TEST : REASON.");
      }
      StringBuilder pattern = new StringBuilder();
      for (String part : line.substring(0, colon).strip().split("\\*", -1)) {
        pattern.append(pattern.length() == 0 ? "" : ".*").append(Pattern.quote(part));
      }
      return new Expectation(
          Pattern.compile(pattern.toString()), line.substring(colon + 3).strip());
    }

    boolean allows(String name, String reason) {
      return test.matcher(name).matches() && reason.startsWith(reasonPrefix);
    }
  }

  /** Prints the report; the exit status is 0 if nothing failed and every skip was expected. */
  public static void main(String[] trees) throws Exception {
    if (trees.length == 0) {
      System.err.println("usage: java SkipReport.java TREE...");
      System.exit(2);
    }
    List<Expectation> expectations = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(trees[0], LIST))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        expectations.add(Expectation.parse(line));
      }
    }
    SkipReport report = new SkipReport(expectations);
    for (String tree : trees) {
      for (Path file : reports(Path.of(tree))) {
        report.read(file);
      }
    }
    System.exit(report.print() ? 0 : 1);
  }

  private static List<Path> reports(Path tree) throws IOException {
    List<Path> reports = new ArrayList<>();
    try (Stream<Path> modules = Files.list(tree)) {
      for (Path module : modules.sorted().toList()) {
        for (String kind : List.of("surefire-reports", "failsafe-reports")) {
          Path directory = module.resolve("target").resolve(kind);
          if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
              files.sorted().filter(SkipReport::isReport).forEach(reports::add);
            }
          }
        }
      }
    }
    return reports;
  }

  private static boolean isReport(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("TEST-") && name.endsWith(".xml");
  }

  private void read(Path file) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    NodeList cases = builder.parse(file.toFile()).getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      count((Element) cases.item(i));
    }
  }

  private void count(Element test) {
    String name = test.getAttribute("classname") + "#" + test.getAttribute("name");
    NodeList skips = test.getElementsByTagName("skipped");
    if (test.getElementsByTagName("failure").getLength() > 0
        || test.getElementsByTagName("error").getLength() > 0) {
      failures.add(name);
    } else if (skips.getLength() > 0) {
      skipped++;
      String reason = reason((Element) skips.item(0));
      boolean allowed = expectations.stream().anyMatch(one -> one.allows(name, reason));
      (allowed ? expected : unexpected).merge(name + " : " + reason, 1, Integer::sum);
    } else {
      passed++;
    }
  }

  /** An annotation's reason is an attribute; an aborted test's stands before its stack trace. */
  private static String reason(Element skip) {
    return withoutPrefix(givenReason(skip));
  }

  /** What JUnit puts before the message of an assumption that did not hold. */
  private static String withoutPrefix(String reason) {
    String prefix = "Assumption failed: ";
    return reason.startsWith(prefix) ? reason.substring(prefix.length()) : reason;
  }

  private static String givenReason(Element skip) {
    String message = skip.getAttribute("message").strip();
    if (!message.isEmpty()) {
      return message;
    }
    String text = skip.getTextContent().strip().lines().findFirst().orElse("no reason given");
    return text.replaceFirst("^[\\w$]+(\\.[\\w$]+)+: ", "");
  }

  private boolean print() {
    print("Failed:", failures);
    print("Skipped, as " + LIST + " expects:", lines(expected));
    print("Skipped, and not expected by " + LIST + ", which fails this run:", lines(unexpected));
    int total = passed + failures.size() + skipped;
    if (total == 0) {
      System.out.println("No test ran, which is a failure.");
    }
    System.out.printf("Tests in total: %d%n", total);
    System.out.printf("%d passed, %d failed, %d skipped%n", passed, failures.size(), skipped);
    return total > 0 && failures.isEmpty() && unexpected.isEmpty();
  }

  private static List<String> lines(Map<String, Integer> counted) {
    List<String> lines = new ArrayList<>();
    counted.forEach((line, times) -> lines.add(times == 1 ? line : line + " (" + times + " times)"));
    return lines;
  }

  private static void print(String title, List<String> lines) {
    if (!lines.isEmpty()) {
      System.out.println(title);
      lines.forEach(line -> System.out.println("  " + line));
    }
  }
}
