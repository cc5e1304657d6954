package dev.uring.allowlist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowlistTextTest {

  @Provide
  Arbitrary<URingAllowlist> any() {
    return Lists.any();
  }

  /** Texts made of what a text can be made of, so that many get far before they go wrong. */
  @Provide
  Arbitrary<String> nearlyRight() {
    return Arbitraries.of(
            "allow",
            "allow-register",
            "allow-flags",
            "require-flags",
            "include",
            "read",
            "register_files_update",
            "fixed_file",
            "closed-block-device",
            "READ",
            "reed",
            " ",
            " ",
            "\t",
            "\n",
            "\n",
            "\r\n",
            "\r",
            "#",
            "\0",
            "\u00e9",
            "\ud800",
            "\u2028")
        .list()
        .ofMaxSize(30)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> damaged() {
    return Combinators.combine(
            Lists.any(), Arbitraries.integers().between(0, 4000), Arbitraries.chars())
        .as(
            (list, at, character) -> {
              StringBuilder text = new StringBuilder(AllowlistText.format(list));
              text.setCharAt(at % text.length(), character);
              return text.toString();
            });
  }

  @Test
  void a_text_is_read_line_by_line_and_every_line_adds() {
    URingAllowlist list =
        AllowlistText.parse(
            """
            # an embedded disk
            include closed-block-device-read-only

            allow timeout link_timeout   # timers of its own
            \tallow\twrite
            allow-register register_files_update
            allow-flags cqe_skip_success
            require-flags async
            """);

    assertThat(list)
        .isEqualTo(
            URingAllowlist.closedBlockDeviceReadOnly().toBuilder()
                .allow(UringOperation.TIMEOUT, UringOperation.LINK_TIMEOUT, UringOperation.WRITE)
                .allowRegister(RegisterCall.REGISTER_FILES_UPDATE)
                .allowFlags(EntryFlag.CQE_SKIP_SUCCESS)
                .requireFlags(EntryFlag.ASYNC)
                .build());
    assertThat(list.name()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# only a comment", "  \t ", "#", "\r\n\r\n"})
  void a_text_without_a_directive_permits_nothing(String text) {
    assertThat(AllowlistText.parse(text)).isEqualTo(URingAllowlist.nothing());
  }

  @Test
  void the_order_of_lines_and_repetition_do_not_matter() {
    assertThat(AllowlistText.parse("allow read\nallow write read\n"))
        .isEqualTo(AllowlistText.parse("allow write\nallow write\nallow read"));
  }

  @Test
  void an_included_preset_keeps_what_it_requires() {
    URingAllowlist list = AllowlistText.parse("allow accept\ninclude closed-block-device\n");

    assertThat(list.requiredFlags()).containsExactly(EntryFlag.FIXED_FILE);
  }

  @Test
  void lines_may_end_in_carriage_return_and_line_feed() {
    assertThat(AllowlistText.parse("allow read\r\nallow write # too\r\n"))
        .isEqualTo(AllowlistText.parse("allow read write"));
  }

  static Iterable<URingAllowlist> presets() {
    return URingAllowlist.presets().values();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void every_preset_can_be_included_and_written_out(URingAllowlist preset) {
    assertThat(AllowlistText.parse("include " + preset.name().orElseThrow())).isEqualTo(preset);
    assertThat(AllowlistText.parse(AllowlistText.format(preset))).isEqualTo(preset);
  }

  @Test
  void a_list_is_written_in_the_order_of_numbers_and_in_lines_of_80_characters() {
    URingAllowlist list =
        URingAllowlist.mutableBlockDeviceReadOnly().toBuilder()
            .allow(UringOperation.EPOLL_WAIT)
            .build();

    assertThat(AllowlistText.format(list))
        .isEqualTo(
            """
            allow nop readv read_fixed poll_add poll_remove async_cancel read fadvise
            allow epoll_wait readv_fixed
            allow-register register_files_update
            allow-flags io_link io_hardlink async
            require-flags fixed_file
            """);
  }

  @Test
  void the_empty_list_is_written_as_a_comment() {
    assertThat(AllowlistText.format(URingAllowlist.nothing())).isEqualTo("# permits nothing\n");
  }

  @Property
  void what_is_written_is_read_back(@ForAll("any") URingAllowlist list) {
    String text = AllowlistText.format(list);

    assertThat(AllowlistText.parse(text)).isEqualTo(list);
    assertThat(text.lines()).allMatch(line -> line.length() <= 80);
  }

  @Property
  void any_text_is_read_or_refused_with_its_place(@ForAll String text) {
    readOrRefused(text);
  }

  @Property
  void a_nearly_right_text_is_read_or_refused_with_its_place(@ForAll("nearlyRight") String text) {
    readOrRefused(text);
  }

  @Property
  void a_damaged_text_is_read_or_refused_with_its_place(@ForAll("damaged") String text) {
    readOrRefused(text);
  }

  private static void readOrRefused(String text) {
    try {
      URingAllowlist list = AllowlistText.parse(text);
      assertThat(AllowlistText.parse(AllowlistText.format(list))).isEqualTo(list);
    } catch (AllowlistSyntaxException e) {
      String[] lines = text.split("\n", -1);
      assertThat(e.line()).isBetween(1, lines.length);
      assertThat(e.column()).isBetween(1, lines[e.line() - 1].length());
      assertThat(e.getMessage()).matches("[ -~]{1,400}");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "allow reed            | 1 |  7 | no request is called \"reed\"",
        "allow read  reed      | 1 | 13 | no request is called \"reed\"",
        "allow READ            | 1 |  7 | in lower case",
        "allow ioring_op_read  | 1 |  7 | without the prefix, such as read_fixed",
        "allow fixed_file      | 1 |  7 | begins with allow-flags or require-flags",
        "allow unregister_files| 1 |  7 | begins with allow-register",
        "allow service         | 1 |  7 | begins with include",
        "allow-flags read      | 1 | 13 | begins with allow",
        "require-flags sticky  | 1 | 15 | such as fixed_file",
        "allow-register foo    | 1 | 16 | such as register_files_update",
        "include my-disk       | 1 |  9 | the presets are nothing, closed-block-device,",
        "allow                 | 1 |  1 | stands alone",
        "allow # read          | 1 |  1 | stands alone",
        "permit read           | 1 |  1 | unknown directive \"permit\"",
        "Allow read            | 1 |  1 | unknown directive \"Allow\"",
        "allow read, write     | 1 |  7 | no request is called \"read,\"",
      })
  void an_error_says_where_and_what_and_how_to_mend_it(
      String text, int line, int column, String part) {
    AllowlistSyntaxException error =
        catchThrowableOfType(
            AllowlistSyntaxException.class, () -> AllowlistText.parse(text.strip()));

    assertThat(error).hasMessageStartingWith("line " + line + ", column " + column + ": ");
    assertThat(error).hasMessageContaining(part);
    assertThat(error.line()).isEqualTo(line);
    assertThat(error.column()).isEqualTo(column);
  }

  @Test
  void lines_and_columns_are_counted_through_comments_tabs_and_carriage_returns() {
    AllowlistSyntaxException error =
        catchThrowableOfType(
            AllowlistSyntaxException.class,
            () -> AllowlistText.parse("# one\r\n\r\n\tallow read\t\treed # four\nallow nop"));

    assertThat(error.line()).isEqualTo(3);
    assertThat(error.column()).isEqualTo(14);
  }

  @Test
  void a_carriage_return_within_a_line_is_an_error() {
    assertThatThrownBy(() -> AllowlistText.parse("allow read\rallow write"))
        .isInstanceOf(AllowlistSyntaxException.class)
        .hasMessageContaining("\"read\\u000dallow\"");
  }

  @Test
  void a_hostile_word_is_quoted_short_and_harmless() {
    assertThatThrownBy(() -> AllowlistText.parse("allow \u001b[2J\"" + "x".repeat(1000)))
        .isInstanceOf(AllowlistSyntaxException.class)
        .hasMessageContaining("\"\\u001b[2J\\u0022xxx")
        .hasMessageContaining("xxx...\"")
        .satisfies(error -> assertThat(error.getMessage()).hasSizeLessThan(300));
  }

  @Test
  void a_text_of_the_greatest_length_is_read_and_one_longer_refused() {
    String longest = "#" + "x".repeat(AllowlistText.MAX_LENGTH - 1);

    assertThat(AllowlistText.parse(longest)).isEqualTo(URingAllowlist.nothing());
    assertThatThrownBy(() -> AllowlistText.parse(longest + "x"))
        .isInstanceOf(AllowlistSyntaxException.class)
        .hasMessageContaining("longer than 65536 characters");
  }

  @Test
  void a_file_is_read_as_utf_8_and_malformed_bytes_pass_in_comments_only(@TempDir Path directory)
      throws IOException {
    Path file = directory.resolve("policy");
    Files.write(file, "allow read # \u00fcber \u00ff\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(AllowlistText.read(file)).isEqualTo(AllowlistText.parse("allow read"));

    Files.write(file, "allow read\nallow \u00ff\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> AllowlistText.read(file))
        .isInstanceOf(AllowlistSyntaxException.class)
        .hasMessageStartingWith("line 2, column 7: no request is called \"\\ufffd\"");
  }

  @Test
  void of_a_file_no_more_than_the_limit_is_taken_in() throws IOException {
    assertThatThrownBy(() -> AllowlistText.read(Path.of("/dev/zero")))
        .isInstanceOf(AllowlistSyntaxException.class)
        .hasMessageContaining("longer than 65536 characters");
  }

  @Test
  void a_missing_file_is_an_io_error(@TempDir Path directory) {
    assertThatThrownBy(() -> AllowlistText.read(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
