package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The conventions for vhost-user back ends. */
class VhostUserCommandTest {
  @Test
  void the_capabilities_are_json_with_the_type_and_the_features_and_nothing_else() {
    Invocation invocation = Invocation.of("vhost-user", "--print-capabilities");
    assertThat(invocation.status()).isZero();
    assertThat(invocation.out().replaceAll("\\s+", ""))
        .isEqualTo("{\"type\":\"block\",\"features\":[\"read-only\",\"blk-file\"]}");
    assertThat(invocation.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--socket-path s|--blk-file is missing",
        "--blk-file i|give either --socket-path or --fd",
        "--blk-file i --socket-path s --fd 3|give either --socket-path or --fd",
        "--blk-file i --fd -1|is no descriptor",
        "--blk-file i --fd x|not an int",
      })
  void what_makes_no_sense_is_refused_before_anything_is_touched(String options, String because) {
    Invocation invocation = Invocation.of(("vhost-user " + options).split(" "));
    assertThat(invocation.status()).isEqualTo(2);
    assertThat(invocation.err()).contains(because);
  }
}
