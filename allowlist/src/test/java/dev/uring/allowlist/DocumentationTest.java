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

/** The examples in docs/allowlist.md; its tables are written by what is seen on live rings. */
class DocumentationTest {
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
