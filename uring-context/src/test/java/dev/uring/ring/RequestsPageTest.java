package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.UringOperation;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every request has a method, its documentation, a test, and a line on docs/requests.md. */
class RequestsPageTest {
  private static final Path HEADER = Path.of("/usr/include/linux/io_uring.h");
  private static final Pattern VERSION = Pattern.compile("\\b[5-9]\\.\\d+\\b");
  private static final Pattern MANUAL =
      Pattern.compile("[a-z_0-9]+\\([2-8]\\)|Documentation/networking/iou-zcrx\\.rst");

  /**
   * What a reader can go on with: a manual page or a header, and one line that calls the method.
   */
  private static final Pattern SOURCE =
      Pattern.compile("\\{@code\\s(?:\\s+\\* )?(?:" + MANUAL + "|linux/io_uring\\.h)}");

  private static final Pattern EXAMPLE =
      Pattern.compile("\n   \\* <p>Example: \\{@code (\\w+\\.\\w+)\\((.+)}\n");

  /** A declaration with what stands directly before it: its documentation, or not. */
  private static final Pattern DECLARATION =
      Pattern.compile("(\\S*)\\s*\\n  public static SubmissionEntry (\\w+)\\(");

  /** Request by its name, method, kernel version, manual page, tests. */
  private record Row(
      String operation, Set<String> methods, String since, String manual, Set<String> tests) {}

  private static List<Row> rows() throws IOException {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.exists(directory.resolve("docs/requests.md"))) {
      directory = directory.getParent();
    }
    assertThat(directory).as("a directory above that holds docs/requests.md").isNotNull();
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("docs/requests.md"))) {
      if (line.startsWith("| `IORING_OP_")) {
        String[] cells = line.replace("`", "").split(" *\\| *", -1);
        rows.add(new Row(cells[1], words(cells[2]), cells[3], cells[4], words(cells[5])));
      }
    }
    return rows;
  }

  private static Set<String> words(String cell) {
    return new TreeSet<>(List.of(cell.split(", ", -1)));
  }

  private static Map<UringOperation, Set<String>> methods() throws Exception {
    Map<UringOperation, Set<String>> methods = new EnumMap<>(UringOperation.class);
    for (Method method : RequestMethods.all()) {
      methods
          .computeIfAbsent(RequestMethods.operation(method), absent -> new TreeSet<>())
          .add(RequestMethods.name(method));
    }
    return methods;
  }

  private static Map<UringOperation, Set<String>> tests() throws Exception {
    Map<UringOperation, Set<String>> tests = new EnumMap<>(UringOperation.class);
    for (Class<?> type : testClasses()) {
      for (Method method : type.getDeclaredMethods()) {
        Shows shows = method.getAnnotation(Shows.class);
        if (shows == null) {
          continue;
        }
        assertThat(method.isAnnotationPresent(Test.class)).as(method.toString()).isTrue();
        for (UringOperation operation : shows.value()) {
          tests
              .computeIfAbsent(operation, absent -> new TreeSet<>())
              .add(type.getSimpleName() + "." + method.getName());
        }
      }
    }
    return tests;
  }

  private static Collection<Class<?>> testClasses()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path directory =
        Path.of(Shows.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("dev/uring/ring");
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith("Test.class")) {
          // Looked at, not initialised: what another class needs is no affair of this one.
          classes.add(
              Class.forName(
                  "dev.uring.ring." + name.replace(".class", ""),
                  /* initialize= */ false,
                  Shows.class.getClassLoader()));
        }
      }
    }
    return classes;
  }

  @ParameterizedTest
  @EnumSource(UringOperation.class)
  void every_request_has_a_method_and_a_test_that_shows_what_it_does(UringOperation operation)
      throws Exception {
    assertThat(methods()).as("a public method fills it in").containsKey(operation);
    assertThat(tests()).as("a test is annotated with it").containsKey(operation);
  }

  @Test
  void every_request_of_the_installed_header_is_one_of_them() throws IOException {
    assumeTrue(Files.exists(HEADER), "skipped: no header");
    Matcher name =
        Pattern.compile("^\\s+(IORING_OP_\\w+)[,\\s]", Pattern.MULTILINE)
            .matcher(Files.readString(HEADER));
    UringOperation[] known = UringOperation.values();
    int number = 0;
    while (name.find() && !name.group(1).equals("IORING_OP_LAST") && number < known.length) {
      assertThat(known[number].kernelName()).isEqualTo(name.group(1));
      number++;
    }
    assertThat(number).as("requests in the header").isGreaterThan(40);
  }

  @Test
  void every_method_is_documented_with_its_kernel_version_its_source_and_an_example()
      throws IOException {
    int seen = 0;
    for (Path source : RequestMethods.sources()) {
      String text = Files.readString(source);
      Matcher declaration = DECLARATION.matcher(text);
      while (declaration.find()) {
        String name = RequestMethods.className(source) + "." + declaration.group(2);
        assertThat(declaration.group(1))
            .as("the end of the documentation of %s", name)
            .isEqualTo("*/");
        String documentation =
            text.substring(text.lastIndexOf("/**", declaration.start()), declaration.start());
        assertThat(documentation)
            .as(name)
            .containsPattern(VERSION)
            .containsPattern(SOURCE)
            .hasSizeGreaterThan(50);
        assertExample(name, documentation, parameters(text, declaration.end()));
        seen++;
      }
    }
    assertThat(seen).as("methods").isGreaterThan(UringOperation.values().length);
  }

  /** An example calls the method that it stands at, with as many arguments as that takes. */
  private static void assertExample(String name, String documentation, int parameters) {
    Matcher example = EXAMPLE.matcher(documentation);
    assertThat(example.find()).as("%s: a line with an example", name).isTrue();
    assertThat(example.group(1)).isEqualTo(name);
    assertThat(example.group(2)).as(name).startsWith("entry");
    assertThat(parameters(example.group(2), 0)).as("%s: arguments", name).isEqualTo(parameters);
  }

  /** How many things separated by commas there are up to the parenthesis that closes them. */
  private static int parameters(String text, int start) {
    int count = 1;
    int depth = 0;
    for (int at = start; depth >= 0; at++) {
      switch (text.charAt(at)) {
        case '(' -> depth++;
        case ')' -> depth--;
        case ',' -> count += depth == 0 ? 1 : 0;
        default -> {}
      }
    }
    return count;
  }

  @Test
  void the_page_has_each_request_with_its_methods_and_its_tests() throws Exception {
    Map<UringOperation, Set<String>> methods = methods();
    Map<UringOperation, Set<String>> tests = tests();
    List<Row> rows = rows();
    assertThat(rows)
        .extracting(Row::operation)
        .containsExactlyElementsOf(
            Arrays.stream(UringOperation.values()).map(UringOperation::kernelName).toList());
    for (int number = 0; number < rows.size(); number++) {
      Row row = rows.get(number);
      UringOperation operation = UringOperation.ofCode(number).orElseThrow();
      assertThat(row.since()).as(row.operation()).isEqualTo(operation.since());
      assertThat(row.methods()).as(row.operation()).isEqualTo(methods.get(operation));
      assertThat(row.manual()).as(row.operation()).matches(MANUAL);
      assertThat(tests.get(operation)).as(row.operation()).containsAll(row.tests());
    }
  }

  @Test
  void no_argument_of_a_method_is_forgotten() throws Exception {
    List<String> forgotten = new ArrayList<>();
    for (Method method : RequestMethods.all()) {
      for (int argument = 1; argument < method.getParameterCount(); argument++) {
        if (!RequestMethods.isUsed(method, argument)) {
          forgotten.add(RequestMethods.name(method) + ", argument " + argument);
        }
      }
    }
    assertThat(forgotten).isEmpty();
  }
}
