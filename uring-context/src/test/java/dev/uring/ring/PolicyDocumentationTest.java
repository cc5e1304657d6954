package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What docs/allowlist.md says of the presets is what a live ring under each was seen to do.
 *
 * <p>Of what the running kernel does not have nothing can be seen, and its rows are not compared.
 */
class PolicyDocumentationTest {
  private static final String WRITE = "allowlist.docs.write";
  private static final String BEGIN = "<!-- presets: begin -->\n";
  private static final String END = "<!-- presets: end -->\n";
  private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\|.*\\R", Pattern.MULTILINE);
  private static final Pattern DENIED =
      Pattern.compile("^Denied by every preset: (.*)\\.$", Pattern.MULTILINE);

  private static final Path PAGE = page();

  private static Path page() {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.exists(directory.resolve("docs/allowlist.md"))) {
      directory = directory.getParent();
    }
    assertThat(directory)
        .as("a directory above the module that holds docs/allowlist.md")
        .isNotNull();
    return directory.resolve("docs/allowlist.md");
  }

  @Test
  void the_tables_of_presets_are_what_was_observed() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    assertThat(begin).as("the marker " + BEGIN).isNotNegative();
    assertThat(end).as("the marker " + END).isGreaterThan(begin);
    ObservedPresets observed = new ObservedPresets();

    if (Boolean.getBoolean(WRITE)) {
      assertThat(observed.absent()).as("what this kernel lacks and cannot write about").isEmpty();
      Files.writeString(
          PAGE, page.substring(0, begin) + BEGIN + observed.markdown() + page.substring(end));
      return;
    }

    assertThat(rows(page.substring(begin + BEGIN.length(), end)))
        .as(
            "docs/allowlist.md does not say what was observed. Write its tables anew with:"
                + " mvn -B test -pl uring-context -am -Dtest=PolicyDocumentationTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -D%s=true",
            WRITE)
        .containsAllEntriesOf(observed.rows())
        .hasSize(observed.rows().size() + observed.absent().size());
  }

  private static Map<String, String> rows(String tables) {
    Map<String, String> rows = new HashMap<>();
    Matcher row = ROW.matcher(tables);
    while (row.find()) {
      rows.put(row.group(1), row.group());
    }
    Matcher denied = DENIED.matcher(tables);
    while (denied.find()) {
      for (String name : denied.group(1).split(", ", -1)) {
        rows.put(name.replace("`", ""), "");
      }
    }
    return rows;
  }
}
