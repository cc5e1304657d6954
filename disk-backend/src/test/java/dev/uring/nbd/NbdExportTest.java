package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.uring.nbd.NbdProtocol.TransmissionFlag;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an export may be, and how exports are found. */
class NbdExportTest {

  private static NbdExport named(String name) {
    return NbdExport.builder(name, 4096).build();
  }

  @Test
  void an_export_promises_nothing_that_was_not_switched_on() {
    NbdExport export = named("a");
    assertThat(export.transmissionFlags()).isEqualTo(TransmissionFlag.HAS_FLAGS);
    assertThat(export.minimumBlockSize()).isEqualTo(1);
    assertThat(export.preferredBlockSize()).isEqualTo(4096);
    assertThat(export.maximumBlockSize()).isEqualTo(32 << 20);
    assertThat(export.description()).isEmpty();
  }

  @Test
  void every_ability_is_one_flag() {
    NbdExport.Builder builder = NbdExport.builder("a", 4096);
    assertThat(builder.flush(true).build().transmissionFlags()).isEqualTo(0x005);
    assertThat(builder.fua(true).build().transmissionFlags()).isEqualTo(0x00d);
    assertThat(builder.rotational(true).build().transmissionFlags()).isEqualTo(0x01d);
    assertThat(builder.trim(true).build().transmissionFlags()).isEqualTo(0x03d);
    assertThat(builder.writeZeroes(true).build().transmissionFlags()).isEqualTo(0x07d);
    assertThat(builder.multiConn(true).build().transmissionFlags()).isEqualTo(0x17d);
    assertThat(builder.cache(true).build().transmissionFlags()).isEqualTo(0x57d);
    NbdExport all = builder.fastZero(true).build();
    assertThat(all.transmissionFlags()).isEqualTo(0xd7d);
    assertThat(all.flush() && all.fua() && all.rotational() && all.trim()).isTrue();
    assertThat(all.writeZeroes() && all.multiConn() && all.cache() && all.fastZero()).isTrue();
    assertThat(builder.flush(false).build().flush()).isFalse();
  }

  @Test
  void a_read_only_export_offers_nothing_that_writes() {
    NbdExport export =
        NbdExport.builder("a", 4096)
            .trim(true)
            .writeZeroes(true)
            .fastZero(true)
            .readOnly(true)
            .build();
    assertThat(export.transmissionFlags())
        .isEqualTo(TransmissionFlag.HAS_FLAGS | TransmissionFlag.READ_ONLY);
  }

  @Test
  void fast_zero_is_offered_only_with_write_zeroes() {
    assertThat(NbdExport.builder("a", 4096).fastZero(true).build().fastZero()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 3, 513, 1 << 17, Integer.MIN_VALUE})
  void a_minimum_block_size_is_a_power_of_two_up_to_64_kib(int bytes) {
    NbdExport.Builder builder = NbdExport.builder("a", 1 << 20);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.minimumBlockSize(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 256, 5000, 1 << 26, Integer.MIN_VALUE})
  void a_preferred_block_size_is_a_power_of_two_from_512(int bytes) {
    NbdExport.Builder builder = NbdExport.builder("a", 1 << 20);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.preferredBlockSize(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, (32 << 20) + 1})
  void a_maximum_block_size_is_at_most_32_mib(int bytes) {
    NbdExport.Builder builder = NbdExport.builder("a", 1 << 20);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maximumBlockSize(bytes));
  }

  @Test
  void sizes_must_fit_each_other() {
    assertThatIllegalArgumentException().isThrownBy(() -> NbdExport.builder("a", -1));
    NbdExport.Builder odd = NbdExport.builder("a", 4097).minimumBlockSize(512);
    assertThatIllegalArgumentException().isThrownBy(odd::build).withMessageContaining("4097");
    NbdExport.Builder small = NbdExport.builder("a", 4096).maximumBlockSize(2048);
    assertThatIllegalArgumentException().isThrownBy(small::build).withMessageContaining("2048");
    NbdExport.Builder ragged =
        NbdExport.builder("a", 4096).minimumBlockSize(512).maximumBlockSize(65_537);
    assertThatIllegalArgumentException().isThrownBy(ragged::build).withMessageContaining("65537");
    NbdExport.Builder inverted =
        NbdExport.builder("a", 4096).minimumBlockSize(4096).preferredBlockSize(512);
    assertThatIllegalArgumentException().isThrownBy(inverted::build).withMessageContaining("4096");
  }

  @Test
  void the_preferred_size_follows_a_large_minimum() {
    NbdExport export = NbdExport.builder("a", 1 << 20).minimumBlockSize(1 << 16).build();
    assertThat(export.preferredBlockSize()).isEqualTo(1 << 16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0", "\ud800"})
  void a_name_and_a_description_are_utf8_without_nul(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> named(text));
    NbdExport.Builder builder = NbdExport.builder("a", 0);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.description(text));
  }

  @Test
  void a_name_has_at_most_4096_bytes_and_not_characters() {
    assertThat(named("ä".repeat(2048)).name()).hasSize(2048);
    assertThatIllegalArgumentException().isThrownBy(() -> named("ä".repeat(2048) + "x"));
  }

  @Test
  void exports_are_found_by_name_and_listed_in_order() {
    NbdExports exports = NbdExports.of(named("z"), named("a"), named(""));
    assertThat(exports.list()).extracting(NbdExport::name).containsExactly("z", "a", "");
    assertThat(exports.find("a")).isNotNull().extracting(NbdExport::name).isEqualTo("a");
    assertThat(exports.find("")).isNotNull().extracting(NbdExport::name).isEqualTo("");
    assertThat(exports.find("A")).isNull();
    assertThat(NbdExports.of().find("")).isNull();
  }

  @Test
  void a_named_export_can_be_the_default() {
    NbdExports exports = NbdExports.of(named("z"), named("a"));
    assertThat(exports.find("")).isNull();
    assertThat(exports.withDefault("a").find("")).isSameAs(exports.find("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> exports.withDefault("b"));
    NbdExports taken = NbdExports.of(named(""), named("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> taken.withDefault("a"));
  }

  @Test
  void two_exports_cannot_share_a_name() {
    assertThatIllegalArgumentException().isThrownBy(() -> NbdExports.of(named("a"), named("a")));
  }

  @Test
  void a_list_too_long_to_be_sent_is_refused() {
    List<NbdExport> many = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      many.add(NbdExport.builder("n" + i, 0).description("d".repeat(4000)).build());
    }
    assertThatIllegalArgumentException().isThrownBy(() -> NbdExports.of(many));
  }
}
