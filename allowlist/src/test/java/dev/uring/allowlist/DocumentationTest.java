package dev.uring.allowlist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/allowlist.md says is what the code does. */
class DocumentationTest {
  private static final String WRITE = "allowlist.docs.write";
  private static final String BEGIN = "<!-- presets: begin -->\n";
  private static final String END = "<!-- presets: end -->\n";

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
  void the_table_of_presets_in_the_documentation_is_generated_from_the_code() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    assertThat(begin).as("the marker " + BEGIN).isNotNegative();
    assertThat(end).as("the marker " + END).isGreaterThan(begin);
    String generated = PresetTables.markdown();

    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(PAGE, page.substring(0, begin) + BEGIN + generated + page.substring(end));
      return;
    }

    assertThat(page.substring(begin + BEGIN.length(), end))
        .as(
            "docs/allowlist.md no longer matches the presets. Regenerate its table with:"
                + " mvn -B test -pl allowlist -Dtest=DocumentationTest -D%s=true",
            WRITE)
        .isEqualTo(generated);
  }

  @Test
  void every_text_in_the_documentation_is_read_without_error() throws IOException {
    List<String> examples = new ArrayList<>();
    Matcher block =
        Pattern.compile("```allowlist\\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
    while (block.find()) {
      examples.add(block.group(1));
    }

    assertThat(examples).isNotEmpty().allSatisfy(AllowlistText::parse);
  }
}
