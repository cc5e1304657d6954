package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyJsonTest {
  @TempDir Path directory;

  @Test
  void a_text_is_quoted_whatever_it_holds() {
    assertThat(PolicyJson.text("a\"b\\c\n\t\033\177\u00e4\ud83d\ude00"))
        .isEqualTo("\"a\\\"b\\\\c\\u000a\\u0009\\u001b\\u007f\u00e4\\ud83d\\ude00\"");
  }

  @Test
  void a_hostile_file_name_stays_within_its_quotes() throws Exception {
    Path image = directory.resolve("a\", \"differs\": true, \"\n\\");
    Files.write(image, new byte[4096]);

    Invocation told = Invocation.of("policy", "--json", image.toString());

    assertThat(told.status()).as(told.err()).isZero();
    assertThat(told.out()).contains("/a\\\", \\\"differs\\\": true, \\\"");
    assertThat(told.out().lines().filter(line -> line.startsWith("  \"differs\""))).hasSize(1);
  }
}
