package dev.uring.allowlist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelNamesTest {

  @Test
  void there_are_63_requests_numbered_without_gap() {
    UringOperation[] operations = UringOperation.values();

    assertThat(operations).hasSize(63);
    for (int code = 0; code < operations.length; code++) {
      assertThat(operations[code].code()).isEqualTo(code);
      assertThat(UringOperation.ofCode(code)).contains(operations[code]);
    }
  }

  @Test
  void there_are_36_register_calls_numbered_without_gap() {
    RegisterCall[] calls = RegisterCall.values();

    assertThat(calls).hasSize(36);
    for (int code = 0; code < calls.length; code++) {
      assertThat(calls[code].code()).isEqualTo(code);
      assertThat(RegisterCall.ofCode(code)).contains(calls[code]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 63, 64, 255, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void a_number_that_no_request_has_finds_nothing(int code) {
    assertThat(UringOperation.ofCode(code)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 36, 255, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void a_number_that_no_register_call_has_finds_nothing(int code) {
    assertThat(RegisterCall.ofCode(code)).isEmpty();
  }

  @Test
  void numbers_newer_than_most_headers_are_those_of_linux_6_18() {
    assertThat(UringOperation.FIXED_FD_INSTALL.code()).isEqualTo(54);
    assertThat(UringOperation.LISTEN.code()).isEqualTo(57);
    assertThat(UringOperation.READV_FIXED.code()).isEqualTo(60);
    assertThat(UringOperation.PIPE.code()).isEqualTo(62);
    assertThat(RegisterCall.REGISTER_SEND_MSG_RING.code()).isEqualTo(31);
    assertThat(RegisterCall.REGISTER_RESIZE_RINGS.code()).isEqualTo(33);
    assertThat(RegisterCall.REGISTER_QUERY.code()).isEqualTo(35);
  }

  @Test
  void the_seven_entry_flags_are_the_seven_lowest_bits_in_order() {
    EntryFlag[] flags = EntryFlag.values();

    assertThat(flags).hasSize(7);
    for (int bit = 0; bit < flags.length; bit++) {
      assertThat(flags[bit].mask()).isEqualTo(1 << bit);
    }
  }

  @Test
  void kernel_names_carry_the_prefix_of_the_header() {
    assertThat(UringOperation.READV.kernelName()).isEqualTo("IORING_OP_READV");
    assertThat(RegisterCall.REGISTER_BUFFERS.kernelName()).isEqualTo("IORING_REGISTER_BUFFERS");
    assertThat(RegisterCall.UNREGISTER_FILES.kernelName()).isEqualTo("IORING_UNREGISTER_FILES");
    assertThat(EntryFlag.CQE_SKIP_SUCCESS.kernelName()).isEqualTo("IOSQE_CQE_SKIP_SUCCESS");
  }

  @Test
  void text_names_are_lower_case_words_and_unique_among_all_kinds() {
    Set<String> seen = new HashSet<>();
    for (Permission permission : everyPermission()) {
      assertThat(permission.textName()).matches("[a-z][a-z0-9_]*");
      assertThat(seen.add(permission.textName())).as(permission.textName()).isTrue();
    }
  }

  @Test
  void since_is_a_linux_version_from_5_1_to_6_18() {
    for (Permission permission : everyPermission()) {
      assertThat(permission.since()).as(permission.kernelName()).matches("\\d+\\.\\d+");
      String[] parts = permission.since().split("\\.", -1);
      int version = Integer.parseInt(parts[0]) * 100 + Integer.parseInt(parts[1]);
      assertThat(version).as(permission.kernelName()).isBetween(501, 618);
    }
  }

  @Test
  void requests_were_added_to_linux_in_the_order_of_their_numbers() {
    int previous = 0;
    for (UringOperation operation : UringOperation.values()) {
      String[] parts = operation.since().split("\\.", -1);
      int version = Integer.parseInt(parts[0]) * 100 + Integer.parseInt(parts[1]);
      assertThat(version).as(operation.kernelName()).isGreaterThanOrEqualTo(previous);
      previous = version;
    }
  }

  /** Headers may be older than the enums here, or newer: what both know must agree. */
  @ParameterizedTest
  @ValueSource(strings = {"/usr/include/linux/io_uring.h", "/usr/include/liburing/io_uring.h"})
  void names_and_numbers_agree_with_an_installed_header(String header) throws IOException {
    assumeTrue(Files.isReadable(Path.of(header)), "skipped: no header " + header);
    String text = Files.readString(Path.of(header));

    Map<String, Integer> requests = enumBody(text, "IORING_OP_NOP", "IORING_OP_LAST");
    assertThat(requests).hasSizeGreaterThan(10);
    requests.forEach(
        (name, code) ->
            UringOperation.ofCode(code)
                .ifPresent(operation -> assertThat(operation.kernelName()).isEqualTo(name)));

    Map<String, Integer> calls = enumBody(text, "IORING_REGISTER_BUFFERS", "IORING_REGISTER_LAST");
    assertThat(calls).hasSizeGreaterThan(10);
    calls.forEach(
        (name, code) ->
            RegisterCall.ofCode(code)
                .ifPresent(call -> assertThat(call.kernelName()).isEqualTo(name)));
  }

  /** The enumerators from {@code first} up to {@code last}, with or without explicit values. */
  private static Map<String, Integer> enumBody(String header, String first, String last) {
    String withoutComments =
        Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL).matcher(header).replaceAll("");
    Matcher start = Pattern.compile("\\b" + first + "\\b").matcher(withoutComments);
    assertThat(start.find()).as(first).isTrue();
    Map<String, Integer> codes = new LinkedHashMap<>();
    int next = 0;
    for (String enumerator :
        withoutComments.substring(start.start()).split(last + "\\b", 2)[0].split(",", -1)) {
      String[] sides = enumerator.split("=", -1);
      String name = sides[0].strip();
      if (!name.isEmpty()) {
        int code = sides.length > 1 ? Integer.decode(sides[1].strip()) : next;
        codes.put(name, code);
        next = code + 1;
      }
    }
    return codes;
  }

  private static List<Permission> everyPermission() {
    return List.of(UringOperation.values(), RegisterCall.values(), EntryFlag.values()).stream()
        .map(Arrays::<Permission>asList)
        .flatMap(Collection::stream)
        .toList();
  }
}
