package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What libnbd's {@code nbdinfo} is told about an export. */
class NbdinfoIT {
  private static final long SIZE = 5 * Images.MIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    Tool.require("nbdinfo");
    image = Images.sparse(directory.resolve("disk.img"), SIZE);
  }

  @Test
  void the_export_is_described_as_it_is() {
    try (DiskServer server = DiskServer.serve(image)) {
      String json = Tool.run("nbdinfo", "--json", server.uri()).succeeded().output();
      assertThat(json)
          .contains("\"protocol\": \"newstyle-fixed\"")
          .contains("\"export-size\": " + SIZE)
          .contains("\"is_read_only\": false");
      for (String offer : List.of("flush", "fua", "trim", "zero", "cache", "multi_conn")) {
        assertThat(json).contains("\"can_" + offer + "\": true");
      }
    }
  }

  @Test
  void block_sizes_are_advertised_and_one_byte_is_the_least_by_default() {
    try (DiskServer server = DiskServer.serve(image)) {
      String text = Tool.run("nbdinfo", server.uri()).succeeded().output();
      long preferred = number(text, "block_size_preferred");
      assertThat(number(text, "block_size_minimum")).isEqualTo(1);
      assertThat(preferred).isGreaterThanOrEqualTo(512);
      assertThat(Long.bitCount(preferred)).as("a power of two").isEqualTo(1);
      assertThat(number(text, "block_size_maximum")).isGreaterThanOrEqualTo(preferred);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void a_chosen_block_size_is_the_advertised_minimum(int blockSize) {
    try (DiskServer server = DiskServer.serve(image, "--block-size", blockSize)) {
      String text = Tool.run("nbdinfo", server.uri()).succeeded().output();
      assertThat(number(text, "block_size_minimum")).isEqualTo(blockSize);
    }
  }

  @Test
  void a_lower_limit_on_requests_is_the_advertised_maximum() {
    try (DiskServer server = DiskServer.serve(image, "--max-request", "1M")) {
      String text = Tool.run("nbdinfo", server.uri()).succeeded().output();
      assertThat(number(text, "block_size_maximum")).isEqualTo(Images.MIB);
    }
  }

  @Test
  void a_read_only_export_says_so() {
    try (DiskServer server = DiskServer.serve(image, "--read-only")) {
      String json = Tool.run("nbdinfo", "--json", server.uri()).succeeded().output();
      assertThat(json).contains("\"is_read_only\": true");
      Tool.run("nbdinfo", "--is", "readonly", server.uri()).succeeded();
    }
  }

  @Test
  void the_list_names_exactly_one_export() {
    try (DiskServer server = DiskServer.serve(image)) {
      String list = Tool.run("nbdinfo", "--list", server.uri()).succeeded().output();
      assertThat(list.lines().filter(line -> line.startsWith("export="))).hasSize(1);
      assertThat(list).contains("export-size: " + SIZE);
    }
  }

  @Test
  void the_size_is_told_to_the_byte() {
    Path odd = Images.sparse(directory.resolve("odd.img"), SIZE + 1);
    try (DiskServer server = DiskServer.serve(odd)) {
      assertThat(Tool.run("nbdinfo", "--size", server.uri()).succeeded().output().strip())
          .isEqualTo(Long.toString(SIZE + 1));
    }
  }

  private static long number(String text, String name) {
    Matcher matcher = Pattern.compile(name + ": (\\d+)").matcher(text);
    assertThat(matcher.find()).as("%s in %s", name, text).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
