package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.CommandFlag;
import dev.uring.nbd.NbdProtocol.ErrorNumber;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests an export takes, and the error that the others get. */
class NbdRulesTest {

  private static final long SIZE = 1 << 20;
  private static final long LONGEST = 0xffff_ffffL;

  private final NbdExport full = builder().build();
  private final NbdExport bare = NbdExport.builder("bare", SIZE).build();
  private final NbdExport readOnly = builder().readOnly(true).build();
  private final NbdExport blocks = builder().minimumBlockSize(512).build();

  private static NbdExport.Builder builder() {
    return NbdExport.builder("full", SIZE)
        .flush(true)
        .fua(true)
        .trim(true)
        .writeZeroes(true)
        .fastZero(true)
        .cache(true);
  }

  private static int check(NbdExport export, int type, int flags, long offset, long length) {
    return NbdRules.check(export, type, flags, offset, length);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {Command.READ, Command.WRITE, Command.TRIM, Command.CACHE, Command.WRITE_ZEROES})
  void a_request_within_the_export_is_accepted(int type) {
    assertThat(check(full, type, 0, 0, SIZE)).isZero();
    assertThat(check(full, type, 0, SIZE - 1, 1)).isZero();
    assertThat(check(full, type, CommandFlag.FUA, 7, 13)).isZero();
    assertThat(check(blocks, type, 0, 512, 1024)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    Command.READ + "," + ErrorNumber.EINVAL,
    Command.WRITE + "," + ErrorNumber.ENOSPC,
    Command.TRIM + "," + ErrorNumber.EINVAL,
    Command.CACHE + "," + ErrorNumber.EINVAL,
    Command.WRITE_ZEROES + "," + ErrorNumber.ENOSPC
  })
  void beyond_the_end_is_no_space_for_writes_and_invalid_for_the_others(int type, int error) {
    assertThat(check(full, type, 0, SIZE, 1)).isEqualTo(error);
    assertThat(check(full, type, 0, SIZE - 1, 2)).isEqualTo(error);
    assertThat(check(full, type, 0, 1, SIZE)).isEqualTo(error);
    assertThat(check(full, type, 0, Long.MAX_VALUE, 1)).isEqualTo(error);
    assertThat(check(full, type, 0, Long.MIN_VALUE, 1)).isEqualTo(error);
    // Offset and length add up to zero and to a small number in 64 bits.
    assertThat(check(full, type, 0, -1, 1)).isEqualTo(error);
    assertThat(check(full, type, 0, -4096, 8192)).isEqualTo(error);
    assertThat(check(blocks, type, 0, -512, 1024)).isEqualTo(error);
  }

  @ParameterizedTest
  @ValueSource(ints = {Command.READ, Command.WRITE})
  void a_payload_above_the_maximum_is_invalid(int type) {
    NbdExport large = NbdExport.builder("", 1L << 40).maximumBlockSize(65536).build();
    assertThat(check(large, type, 0, 0, 65536)).isZero();
    assertThat(check(large, type, 0, 0, 65537)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(large, type, 0, 0, LONGEST)).isEqualTo(ErrorNumber.EINVAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {Command.TRIM, Command.CACHE, Command.WRITE_ZEROES})
  void a_request_without_payload_may_cover_more_than_the_maximum(int type) {
    NbdExport large =
        NbdExport.builder("", 1L << 40).trim(true).cache(true).writeZeroes(true).build();
    assertThat(check(large, type, 0, 1L << 39, LONGEST)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {Command.READ, Command.WRITE, Command.TRIM, Command.CACHE, Command.WRITE_ZEROES})
  void empty_and_misaligned_requests_are_invalid(int type) {
    assertThat(check(full, type, 0, 0, 0)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(full, type, 0, SIZE, 0)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(blocks, type, 0, 1, 512)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(blocks, type, 0, 511, 512)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(blocks, type, 0, 512, 513)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(blocks, type, 0, 512, 256)).isEqualTo(ErrorNumber.EINVAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {Command.WRITE, Command.TRIM, Command.WRITE_ZEROES})
  void a_read_only_export_permits_no_change_however_it_is_asked(int type) {
    assertThat(check(readOnly, type, 0, 0, 4096)).isEqualTo(ErrorNumber.EPERM);
    assertThat(check(readOnly, type, CommandFlag.FUA, 0, 4096)).isEqualTo(ErrorNumber.EPERM);
    assertThat(check(readOnly, type, 0xffff, -1, LONGEST)).isEqualTo(ErrorNumber.EPERM);
  }

  @Test
  void a_read_only_export_is_read_cached_and_flushed() {
    assertThat(check(readOnly, Command.READ, 0, 0, 4096)).isZero();
    assertThat(check(readOnly, Command.CACHE, 0, 0, 4096)).isZero();
    assertThat(check(readOnly, Command.FLUSH, 0, 0, 0)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {Command.FLUSH, Command.TRIM, Command.CACHE, Command.WRITE_ZEROES})
  void what_was_not_advertised_is_invalid(int type) {
    int length = type == Command.FLUSH ? 0 : 4096;
    assertThat(check(full, type, 0, 0, length)).isZero();
    assertThat(check(bare, type, 0, 0, length)).isEqualTo(ErrorNumber.EINVAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {Command.BLOCK_STATUS, Command.RESIZE, 9, 0x7fff, 0xffff})
  void an_unknown_command_is_invalid(int type) {
    assertThat(check(full, type, 0, 0, 4096)).isEqualTo(ErrorNumber.EINVAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 5, 6})
  void every_flag_but_fua_is_invalid_where_it_does_not_belong(int type) {
    int length = type == Command.FLUSH ? 0 : 4096;
    for (int bit = 0; bit < 16; bit++) {
      int flag = 1 << bit;
      boolean zeroes = type == Command.WRITE_ZEROES;
      boolean belongs =
          flag == CommandFlag.FUA
              || (zeroes && (flag == CommandFlag.NO_HOLE || flag == CommandFlag.FAST_ZERO));
      assertThat(check(full, type, flag, 0, length))
          .as("flag 0x%x", flag)
          .isEqualTo(belongs ? 0 : ErrorNumber.EINVAL);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 5, 6})
  void fua_is_invalid_unless_advertised(int type) {
    int length = type == Command.FLUSH ? 0 : 4096;
    NbdExport without = builder().fua(false).build();
    assertThat(check(without, type, 0, 0, length)).isZero();
    assertThat(check(without, type, CommandFlag.FUA, 0, length)).isEqualTo(ErrorNumber.EINVAL);
  }

  @Test
  void fast_zero_is_invalid_unless_advertised() {
    NbdExport slow = builder().fastZero(false).build();
    assertThat(check(slow, Command.WRITE_ZEROES, CommandFlag.NO_HOLE, 0, 1)).isZero();
    assertThat(check(slow, Command.WRITE_ZEROES, CommandFlag.FAST_ZERO, 0, 1))
        .isEqualTo(ErrorNumber.EINVAL);
  }

  @Test
  void the_reserved_fields_of_a_flush_must_be_zero() {
    assertThat(check(full, Command.FLUSH, 0, 1, 0)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(check(full, Command.FLUSH, 0, 0, 1)).isEqualTo(ErrorNumber.EINVAL);
  }

  @Test
  void a_goodbye_is_always_accepted() {
    assertThat(check(bare, Command.DISC, 0xffff, -1, LONGEST)).isZero();
  }

  @Test
  void only_a_write_is_followed_by_data_and_only_so_much_is_thrown_away() {
    assertThat(NbdRules.payloadBytes(Command.WRITE, LONGEST)).isEqualTo(LONGEST);
    assertThat(NbdRules.payloadBytes(Command.READ, LONGEST)).isZero();
    assertThat(NbdRules.payloadBytes(0xffff, LONGEST)).isZero();
    assertThat(NbdRules.mustClose(Command.WRITE, 32 << 20)).isFalse();
    assertThat(NbdRules.mustClose(Command.WRITE, (32 << 20) + 1)).isTrue();
    assertThat(NbdRules.mustClose(Command.WRITE, LONGEST)).isTrue();
    assertThat(NbdRules.mustClose(Command.READ, LONGEST)).isFalse();
    assertThat(NbdRules.mustClose(Command.WRITE_ZEROES, LONGEST)).isFalse();
  }

  @Property(tries = 2000)
  void what_is_accepted_lies_within_the_export(
      @ForAll @IntRange(max = 6) int type,
      @ForAll long offset,
      @ForAll @LongRange(max = LONGEST) long length,
      @ForAll @LongRange(max = Long.MAX_VALUE) long size) {
    NbdExport export = NbdExport.builder("", size).trim(true).writeZeroes(true).cache(true).build();
    boolean ranged = type != Command.DISC && type != Command.FLUSH;
    if (ranged && check(export, type, 0, offset, length) == 0) {
      assertThat(offset).isBetween(0L, size - 1);
      assertThat(Math.addExact(offset, length)).isLessThanOrEqualTo(size);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0,0", "1,1", "5,5", "12,12", "22,22", "28,28", "75,75", "95,95", "108,108", "30,1", "27,28",
    "122,28", "13,5", "9,5", "4,5", "110,5", "133,5", "99999,5", "-5,5"
  })
  void errors_of_linux_become_errors_of_the_protocol(int errno, int error) {
    assertThat(NbdErrors.fromErrno(errno)).isEqualTo(error);
  }
}
