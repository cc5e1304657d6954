package dev.uring.allowlist;

import static dev.uring.allowlist.URingAllowlist.RESTRICTION_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RestrictionEncodingTest {
  private static final int REGISTER_OP = 0;
  private static final int SQE_OP = 1;
  private static final int FLAGS_ALLOWED = 2;
  private static final int FLAGS_REQUIRED = 3;

  @Provide
  Arbitrary<URingAllowlist> any() {
    return Lists.any();
  }

  /** Entries from pairs of kind and value, written independently of the class under test. */
  private static byte[] entries(int... kindsAndValues) {
    ByteBuffer bytes = ByteBuffer.allocate(kindsAndValues.length / 2 * RESTRICTION_BYTES);
    boolean bigEndian = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    for (int index = 0; index < kindsAndValues.length; index += 2) {
      int kind = kindsAndValues[index];
      bytes.put((byte) (bigEndian ? kind >> 8 : kind)).put((byte) (bigEndian ? kind : kind >> 8));
      bytes.put((byte) kindsAndValues[index + 1]).put(new byte[RESTRICTION_BYTES - 3]);
    }
    return bytes.array();
  }

  @Test
  void an_entry_is_16_bytes() {
    assertThat(RESTRICTION_BYTES).isEqualTo(16);
  }

  @Test
  void a_list_is_encoded_register_calls_first_then_requests_then_both_masks() {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(UringOperation.WRITE, UringOperation.READ)
            .allowRegister(RegisterCall.REGISTER_FILES_UPDATE)
            .allowFlags(EntryFlag.ASYNC)
            .requireFlags(EntryFlag.FIXED_FILE)
            .build();

    assertThat(list.encode())
        .isEqualTo(
            entries(
                REGISTER_OP, 3, // UNREGISTER_FILES, added
                REGISTER_OP, 6,
                REGISTER_OP, 21, // UNREGISTER_RING_FDS, added
                REGISTER_OP, 24, // SYNC_CANCEL, added
                SQE_OP, 14, // ASYNC_CANCEL, added
                SQE_OP, 22,
                SQE_OP, 23,
                FLAGS_ALLOWED, 0b10001,
                FLAGS_REQUIRED, 0b00001));
  }

  @Test
  void the_empty_list_is_encoded_with_what_closing_needs_and_with_both_masks() {
    assertThat(URingAllowlist.nothing().encode())
        .isEqualTo(
            entries(
                REGISTER_OP,
                3,
                REGISTER_OP,
                21,
                REGISTER_OP,
                24,
                SQE_OP,
                14,
                FLAGS_ALLOWED,
                0,
                FLAGS_REQUIRED,
                0));
  }

  @Test
  void the_fullest_list_is_no_longer_than_the_kernel_takes() {
    URingAllowlist everything =
        URingAllowlist.builder()
            .allow(UringOperation.values())
            .allowRegister(RegisterCall.values())
            .allowFlags(EntryFlag.values())
            .build();

    // IORING_RESTRICTION_LAST + IORING_REGISTER_LAST + IORING_OP_LAST in io_uring/register.c
    int kernelMaximum = 4 + 36 + 63;
    assertThat(everything.encode().length / RESTRICTION_BYTES)
        .isEqualTo(36 + 63 + 2)
        .isLessThanOrEqualTo(kernelMaximum);
  }

  @Property
  void every_list_names_a_register_call_and_a_request(@ForAll("any") URingAllowlist list) {
    ByteBuffer bytes = ByteBuffer.wrap(list.encode()).order(ByteOrder.nativeOrder());
    Set<Integer> kinds = new HashSet<>();
    for (int start = 0; start < bytes.capacity(); start += RESTRICTION_BYTES) {
      kinds.add((int) bytes.getShort(start));
    }

    assertThat(kinds).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Property
  void decoding_gives_back_all_that_is_in_force(@ForAll("any") URingAllowlist list) {
    URingAllowlist decoded = URingAllowlist.decode(list.encode());

    assertThat(decoded.operations()).isEqualTo(list.effectiveOperations());
    assertThat(decoded.registerCalls()).isEqualTo(list.effectiveRegisterCalls());
    assertThat(decoded.allowedFlags()).isEqualTo(list.allowedFlags());
    assertThat(decoded.requiredFlags()).isEqualTo(list.requiredFlags());
    assertThat(decoded.addedByLibrary()).isEmpty();
    assertThat(decoded.encode()).isEqualTo(list.encode());
  }

  @Property
  void arbitrary_bytes_are_decoded_or_refused_with_a_sentence(@ForAll byte[] bytes) {
    byte[] whole = Arrays.copyOf(bytes, bytes.length / RESTRICTION_BYTES * RESTRICTION_BYTES);
    for (byte[] input : new byte[][] {bytes, whole}) {
      try {
        URingAllowlist.decode(input);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageEndingWith(".");
      }
    }
  }

  @Test
  void of_several_masks_the_last_counts() {
    URingAllowlist decoded =
        URingAllowlist.decode(entries(FLAGS_ALLOWED, 1, FLAGS_ALLOWED, 2, FLAGS_ALLOWED, 4));

    assertThat(decoded.allowedFlags()).containsExactly(EntryFlag.IO_LINK);
  }

  @Test
  void an_array_that_is_cut_short_is_refused() {
    byte[] cut = Arrays.copyOf(entries(SQE_OP, 1), RESTRICTION_BYTES - 1);

    assertThatThrownBy(() -> URingAllowlist.decode(cut))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 15 bytes");
  }

  @Test
  void an_array_longer_than_the_kernel_takes_is_refused() {
    byte[] longest = new byte[101 * RESTRICTION_BYTES];
    byte[] tooLong = new byte[102 * RESTRICTION_BYTES];

    assertThat(URingAllowlist.decode(longest).registerCalls())
        .containsExactly(RegisterCall.REGISTER_BUFFERS);
    assertThatThrownBy(() -> URingAllowlist.decode(tooLong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 101 entries");
  }

  @Test
  void numbers_that_nobody_has_given_are_refused() {
    assertRefused(entries(SQE_OP, 63), "request 63");
    assertRefused(entries(SQE_OP, 255), "request 255");
    assertRefused(entries(REGISTER_OP, 36), "register call 36");
    assertRefused(entries(FLAGS_ALLOWED, 0x80), "0x80");
    assertRefused(entries(FLAGS_REQUIRED, 0xff), "0xff");
    assertRefused(entries(4, 0), "unknown kind 4");
    assertRefused(entries(0xffff, 0), "unknown kind 65535");
  }

  @Test
  void a_reserved_byte_that_is_not_zero_is_refused() {
    for (int index = 3; index < RESTRICTION_BYTES; index++) {
      byte[] dirty = entries(SQE_OP, 1);
      dirty[index] = 1;
      assertRefused(dirty, "reserved byte " + index + " ");
    }
  }

  @Test
  void an_older_kernel_is_not_told_what_it_does_not_have() {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(UringOperation.READV, UringOperation.READV_FIXED)
            .requireFlags(EntryFlag.FIXED_FILE)
            .build();
    Set<UringOperation> operations = EnumSet.range(UringOperation.NOP, UringOperation.SHUTDOWN);
    Set<RegisterCall> calls =
        EnumSet.range(RegisterCall.REGISTER_BUFFERS, RegisterCall.REGISTER_ENABLE_RINGS);

    assertThat(list.encodeFor(operations, calls))
        .isEqualTo(
            entries(REGISTER_OP, 3, SQE_OP, 1, SQE_OP, 14, FLAGS_ALLOWED, 1, FLAGS_REQUIRED, 1));
  }

  @Property
  void a_kernel_that_has_everything_is_told_everything(@ForAll("any") URingAllowlist list) {
    assertThat(
            list.encodeFor(EnumSet.allOf(UringOperation.class), EnumSet.allOf(RegisterCall.class)))
        .isEqualTo(list.encode());
  }

  @Test
  void a_list_of_which_a_half_would_be_empty_is_not_encoded() {
    URingAllowlist list = URingAllowlist.closedBlockDevice();
    Set<UringOperation> operations = EnumSet.allOf(UringOperation.class);
    Set<RegisterCall> calls = EnumSet.allOf(RegisterCall.class);

    assertThatThrownBy(() -> list.encodeFor(Set.of(), calls))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> list.encodeFor(operations, Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRefused(byte[] encoded, String part) {
    assertThatThrownBy(() -> URingAllowlist.decode(encoded))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(part);
  }
}
