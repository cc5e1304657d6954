package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every request of a context is on docs/context.md with an example, and documented where it is. */
class ContextPageTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/uring");
  private static final Pattern VERSION = Pattern.compile("\\b[5-9]\\.\\d+\\b");
  private static final Pattern NAMED = Pattern.compile("`(\\w+\\.\\w+)`");

  /** Those that put requests together instead of making one. */
  private static final Set<String> OTHERS = Set.of("ChainRequests");

  private static List<Class<?>> families() throws IOException, ClassNotFoundException {
    List<Class<?>> families = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        boolean family = name.endsWith("Requests") && !OTHERS.contains(name);
        if (family || name.equals("URingContext")) {
          Class<?> type = Class.forName("dev.uring." + name);
          if (Modifier.isPublic(type.getModifiers())) {
            families.add(type);
          }
        }
      }
    }
    return families;
  }

  /** Methods with user data that make a request. */
  private static Set<String> requests(Class<?> family) {
    Set<String> requests = new TreeSet<>();
    for (Method method : family.getMethods()) {
      if (method.getDeclaringClass() == family
          && method.getReturnType() == void.class
          && method.getParameterCount() > 0
          && List.of(method.getParameterTypes()).contains(long.class)) {
        requests.add(family.getSimpleName() + "." + method.getName());
      }
    }
    return requests;
  }

  private static List<String> rows() throws IOException {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.exists(directory.resolve("docs/context.md"))) {
      directory = directory.getParent();
    }
    assertThat(directory).as("a directory above that holds docs/context.md").isNotNull();
    return Files.readAllLines(directory.resolve("docs/context.md")).stream()
        .filter(line -> line.matches("\\| `\\w+\\.\\w+`.*"))
        .toList();
  }

  @Test
  void the_page_has_each_request_once_with_its_kernel_version_and_an_example() throws Exception {
    Set<String> wanted = new TreeSet<>();
    for (Class<?> family : families()) {
      wanted.addAll(requests(family));
    }
    List<String> named = new ArrayList<>();
    for (String row : rows()) {
      String[] cells = row.substring(1, row.length() - 1).split("\\|", -1);
      assertThat(cells).as(row).hasSize(5);
      assertThat(cells[3]).as(row).containsPattern(VERSION);
      List<String> methods = new ArrayList<>();
      Matcher matcher = NAMED.matcher(cells[0]);
      while (matcher.find()) {
        methods.add(matcher.group(1));
      }
      named.addAll(methods);
      String example = cells[4];
      assertThat(methods)
          .as("one of them is in the example %s", example)
          .anyMatch(method -> example.contains(method.substring(method.indexOf('.')) + "("));
    }
    assertThat(named).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(named)).isEqualTo(wanted);
  }

  @Test
  void every_request_of_a_family_is_documented_with_its_kernel_version_and_an_example()
      throws Exception {
    Pattern declaration = Pattern.compile("(\\S*)\\s*\\n  public void (\\w+)\\(");
    int seen = 0;
    for (Class<?> family : families()) {
      if (family == URingContext.class) {
        // Its examples are on the page and in the tutorial.
        continue;
      }
      String text = Files.readString(SOURCES.resolve(family.getSimpleName() + ".java"));
      Matcher matcher = declaration.matcher(text);
      while (matcher.find()) {
        String name = family.getSimpleName() + "." + matcher.group(2);
        assertThat(matcher.group(1)).as("the end of the documentation of %s", name).isEqualTo("*/");
        String documentation =
            text.substring(text.lastIndexOf("/**", matcher.start()), matcher.start());
        assertThat(documentation).as(name).containsPattern(VERSION);
        assertThat(documentation.replaceAll("\\s+\\*?\\s*", ""))
            .as("an example of %s", name)
            .contains(matcher.group(2) + "(");
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(60);
  }
}
