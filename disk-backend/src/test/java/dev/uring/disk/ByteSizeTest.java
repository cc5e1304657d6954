package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "1048576, 1048576",
    "64k, 65536",
    "64K, 65536",
    "512M, 536870912",
    "1g, 1073741824",
    "1T, 1099511627776",
    "3p, 3377699720527872",
    "7E, 8070450532247928832",
    "007k, 7168",
    "9223372036854775807, 9223372036854775807"
  })
  void a_size_is_a_number_and_perhaps_a_unit(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "G", "-1", "+1", "1.5G", "1 G", " 1G", "1G ", "1GB", "1GiB", "1Z", "0x10", "1e3",
        "1_000", "١", "1\n"
      })
  void anything_else_is_refused_with_an_example(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a size")
        .hasMessageContaining("1G");
  }

  @ParameterizedTest
  @ValueSource(strings = {"8E", "9223372036854775808", "9999999999999999999", "9007199254740992k"})
  void what_no_file_can_hold_is_refused_and_does_not_overflow(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than any file can hold");
  }

  @Test
  void a_text_of_a_million_digits_is_refused_at_once() {
    assertThatThrownBy(() -> ByteSize.parse("9".repeat(1_000_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1000, 1000", "1024, 1K", "1536, 1536", "1073741824, 1G", "1048577, 1048577"})
  void the_text_is_the_shortest_exact_one(long bytes, String text) {
    assertThat(ByteSize.format(bytes)).isEqualTo(text);
  }

  @Test
  void a_negative_size_has_no_text() {
    assertThatThrownBy(() -> ByteSize.format(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void every_size_survives_being_written_and_read(@ForAll @LongRange(min = 0) long bytes) {
    assertThat(ByteSize.parse(ByteSize.format(bytes))).isEqualTo(bytes);
  }

  @Property
  void units_agree_with_arithmetic_without_limits(
      @ForAll @CharRange(from = '0', to = '9') @StringLength(min = 1, max = 19) String digits,
      @ForAll @IntRange(min = 0, max = 5) int unit) {
    BigInteger expected = new BigInteger(digits).shiftLeft(10 * (unit + 1));
    String text = digits + "kMgTpE".charAt(unit);
    if (expected.bitLength() < Long.SIZE) {
      assertThat(ByteSize.parse(text)).isEqualTo(expected.longValueExact());
    } else {
      assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
