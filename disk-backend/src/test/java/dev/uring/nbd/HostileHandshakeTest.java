package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.nbd.HandshakeTalk.Reply;
import dev.uring.nbd.NbdHandshake.Outcome;
import dev.uring.nbd.NbdProtocol.Option;
import dev.uring.nbd.NbdProtocol.OptionReply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client that does not keep to the protocol costs, and how it ends. */
class HostileHandshakeTest {

  private static final byte[] FLAGS = HandshakeTalk.flags(NbdProtocol.ClientFlag.FIXED_NEWSTYLE);

  private NbdHandshake handshake;

  @BeforeEach
  void greeted() {
    handshake = new NbdHandshake(NbdExports.of(NbdExport.builder("", 4096).build()));
    HandshakeTalk.drain(handshake);
  }

  private Outcome receive(byte[]... messages) {
    return handshake.receive(ByteBuffer.wrap(HandshakeTalk.concat(messages)));
  }

  private List<Reply> replies() {
    return HandshakeTalk.replies(HandshakeTalk.drain(handshake));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7, 1 << 31, -1, 0x0000_0100})
  void unknown_client_flags_close(int flags) {
    assertThat(receive(HandshakeTalk.flags(flags))).isEqualTo(Outcome.CLOSE);
    assertThat(handshake.pendingOutput()).isZero();
  }

  @Test
  void a_wrong_magic_number_closes() {
    byte[] option = HandshakeTalk.option(Option.LIST, new byte[0]);
    option[7] ^= 1;
    assertThat(receive(FLAGS, option)).isEqualTo(Outcome.CLOSE);
    assertThat(handshake.pendingOutput()).isZero();
  }

  @Test
  void options_before_fixed_newstyle_was_agreed_to_close() {
    byte[] list = HandshakeTalk.option(Option.LIST, new byte[0]);
    assertThat(receive(HandshakeTalk.flags(0), list)).isEqualTo(Outcome.CLOSE);
    assertThat(handshake.pendingOutput()).isZero();
  }

  @Test
  void after_the_end_nothing_is_read_and_nothing_answered() {
    receive(HandshakeTalk.flags(-1));
    ByteBuffer more = ByteBuffer.wrap(HandshakeTalk.option(Option.LIST, new byte[0]));
    assertThat(handshake.receive(more)).isEqualTo(Outcome.CLOSE);
    assertThat(more.position()).isZero();
    assertThat(handshake.pendingOutput()).isZero();
  }

  static List<byte[]> malformed() {
    List<byte[]> all = new ArrayList<>();
    all.add(new byte[0]);
    all.add(new byte[5]);
    // The name is longer than the data, by one, by much, and by more than an int can say.
    for (int length : new int[] {1, 100, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      all.add(ByteBuffer.allocate(6).putInt(length).array());
    }
    // More and fewer information requests than announced, and half of one.
    all.add(ByteBuffer.allocate(8).putInt(0).putShort((short) 2).array());
    all.add(ByteBuffer.allocate(6).putInt(0).putShort((short) 0xffff).array());
    all.add(ByteBuffer.allocate(8).putInt(0).putShort((short) 0).array());
    all.add(ByteBuffer.allocate(7).putInt(0).putShort((short) 0).array());
    // Names: NUL, not UTF-8, an overlong slash, an encoded surrogate, longer than 4,096 bytes.
    all.add(HandshakeTalk.infoData("a\0b"));
    for (int[] bytes : new int[][] {{0xff}, {0xc3}, {0xc0, 0xaf}, {0xed, 0xa0, 0x80}}) {
      ByteBuffer data = ByteBuffer.allocate(6 + bytes.length).putInt(bytes.length);
      for (int b : bytes) {
        data.put((byte) b);
      }
      all.add(data.array());
    }
    all.add(HandshakeTalk.infoData("x".repeat(4097)));
    return all;
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformed_requests_for_information_are_invalid_and_not_the_end(byte[] data) {
    byte[] info = HandshakeTalk.option(Option.INFO, data);
    byte[] go = HandshakeTalk.option(Option.GO, data);
    assertThat(receive(FLAGS, info, go)).isEqualTo(Outcome.NEED_MORE);
    assertThat(replies())
        .extracting(Reply::type)
        .containsExactly(OptionReply.ERR_INVALID, OptionReply.ERR_INVALID);
  }

  @Test
  void the_longest_name_is_only_unknown() {
    byte[] go = HandshakeTalk.option(Option.GO, HandshakeTalk.infoData("x".repeat(4096)));
    assertThat(receive(FLAGS, go)).isEqualTo(Outcome.NEED_MORE);
    assertThat(replies()).extracting(Reply::type).containsExactly(OptionReply.ERR_UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(ints = {4097, 70_000, Integer.MAX_VALUE, -1})
  void an_old_style_name_that_no_export_can_have_closes_before_it_is_read(int length) {
    assertThat(receive(FLAGS, HandshakeTalk.optionHeader(Option.EXPORT_NAME, length)))
        .isEqualTo(Outcome.CLOSE);
    assertThat(handshake.pendingOutput()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {Option.EXPORT_NAME})
  void an_old_style_name_that_is_not_utf8_closes(int option) {
    assertThat(receive(FLAGS, HandshakeTalk.option(option, new byte[] {(byte) 0xff})))
        .isEqualTo(Outcome.CLOSE);
  }

  @Test
  void long_data_is_thrown_away_as_it_comes_and_then_answered() {
    for (int option : new int[] {Option.GO, Option.INFO, Option.LIST, 99}) {
      byte[] ask = HandshakeTalk.option(option, new byte[NbdHandshake.MAXIMUM_SKIPPED_BYTES]);
      NbdHandshake fresh = new NbdHandshake(NbdExports.of());
      HandshakeTalk.drain(fresh);
      fresh.receive(ByteBuffer.wrap(FLAGS));
      ByteBuffer input = ByteBuffer.wrap(ask);
      for (int limit = 0; limit < ask.length; limit++) {
        assertThat(fresh.pendingOutput()).isZero();
        fresh.receive(input.limit(limit));
        assertThat(input.remaining()).isLessThan(16);
      }
      assertThat(fresh.receive(input.limit(ask.length))).isEqualTo(Outcome.NEED_MORE);
      assertThat(HandshakeTalk.replies(HandshakeTalk.drain(fresh)))
          .extracting(Reply::type)
          .containsExactly(option == 99 ? OptionReply.ERR_UNSUP : OptionReply.ERR_TOO_BIG);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {NbdHandshake.MAXIMUM_SKIPPED_BYTES + 1, Integer.MAX_VALUE, -1})
  void data_without_measure_is_refused_at_once_and_closes(int length) {
    for (int option : new int[] {Option.GO, Option.ABORT, Option.LIST, 99}) {
      NbdHandshake fresh = new NbdHandshake(NbdExports.of());
      HandshakeTalk.drain(fresh);
      byte[] start = HandshakeTalk.concat(FLAGS, HandshakeTalk.optionHeader(option, length));
      assertThat(fresh.receive(ByteBuffer.wrap(start))).isEqualTo(Outcome.CLOSE);
      assertThat(HandshakeTalk.replies(HandshakeTalk.drain(fresh)))
          .extracting(Reply::type)
          .containsExactly(OptionReply.ERR_TOO_BIG);
    }
  }

  @Test
  void no_client_is_answered_for_ever() {
    byte[] unknown = HandshakeTalk.option(99, new byte[0]);
    receive(FLAGS);
    for (int i = 0; i < NbdHandshake.MAXIMUM_OPTIONS; i++) {
      assertThat(receive(unknown)).isEqualTo(Outcome.NEED_MORE);
      HandshakeTalk.drain(handshake);
    }
    assertThat(receive(unknown)).isEqualTo(Outcome.CLOSE);
  }

  @Test
  void a_client_that_asks_and_never_reads_costs_a_bounded_amount() {
    List<NbdExport> many = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      many.add(NbdExport.builder("n" + i, 0).description("d".repeat(4096)).build());
    }
    NbdHandshake fresh = new NbdHandshake(NbdExports.of(many));
    byte[] list = HandshakeTalk.option(Option.LIST, new byte[0]);
    assertThat(fresh.receive(ByteBuffer.wrap(HandshakeTalk.concat(FLAGS, list, list, list))))
        .isEqualTo(Outcome.NEED_MORE);
    Outcome outcome = Outcome.NEED_MORE;
    for (int i = 0; i < 10 && outcome == Outcome.NEED_MORE; i++) {
      outcome = fresh.receive(ByteBuffer.wrap(list));
    }
    assertThat(outcome).isEqualTo(Outcome.CLOSE);
    assertThat(fresh.pendingOutput()).isLessThanOrEqualTo(HandshakeOutput.MAXIMUM_TOTAL_BYTES);
  }
}
