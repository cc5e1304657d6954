package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.nbd.HandshakeTalk.Reply;
import dev.uring.nbd.NbdHandshake.Outcome;
import dev.uring.nbd.NbdProtocol.Info;
import dev.uring.nbd.NbdProtocol.Option;
import dev.uring.nbd.NbdProtocol.OptionReply;
import dev.uring.nbd.NbdProtocol.TransmissionFlag;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client that keeps to the protocol is answered. */
class NbdHandshakeTest {

  private static final int FIXED = NbdProtocol.ClientFlag.FIXED_NEWSTYLE;
  private static final int NO_ZEROES = NbdProtocol.ClientFlag.NO_ZEROES;

  private final NbdExport plain =
      NbdExport.builder("", 1 << 20).flush(true).fua(true).description("the default disk").build();
  private final NbdExport blocks =
      NbdExport.builder("blöcke", 8 << 20).minimumBlockSize(4096).readOnly(true).build();
  private final NbdExports exports = NbdExports.of(plain, blocks);
  private NbdHandshake handshake;

  @BeforeEach
  void greeted() {
    handshake = new NbdHandshake(exports);
    HandshakeTalk.drain(handshake);
  }

  private Outcome receive(byte[]... messages) {
    return handshake.receive(ByteBuffer.wrap(HandshakeTalk.concat(messages)));
  }

  private List<Reply> replies() {
    return HandshakeTalk.replies(HandshakeTalk.drain(handshake));
  }

  private static byte[] info(int option, String name, int... infos) {
    return HandshakeTalk.option(option, HandshakeTalk.infoData(name, infos));
  }

  @Test
  void the_server_speaks_first_and_offers_fixed_newstyle_without_zeroes() {
    ByteBuffer greeting = ByteBuffer.wrap(HandshakeTalk.drain(new NbdHandshake(exports)));
    byte[] magics = new byte[16];
    greeting.get(magics);
    assertThat(magics).asString().isEqualTo("NBDMAGICIHAVEOPT");
    assertThat(greeting.getShort()).isEqualTo((short) 3);
    assertThat(greeting.hasRemaining()).isFalse();
  }

  @Test
  void output_can_be_taken_in_pieces_of_any_size() {
    NbdHandshake fresh = new NbdHandshake(exports);
    ByteBuffer small = ByteBuffer.allocate(7);
    assertThat(fresh.drainTo(small)).isEqualTo(7);
    assertThat(fresh.pendingOutput()).isEqualTo(11);
    assertThat(fresh.drainTo(small)).isZero();
    assertThat(fresh.drainTo(ByteBuffer.allocate(100))).isEqualTo(11);
    assertThat(fresh.pendingOutput()).isZero();
  }

  @Test
  void go_describes_the_export_and_enters_transmission() {
    assertThat(receive(HandshakeTalk.flags(FIXED), info(Option.GO, "")))
        .isEqualTo(Outcome.TRANSMISSION);
    List<Reply> replies = replies();
    assertThat(replies).extracting(Reply::type).containsExactly(OptionReply.INFO, OptionReply.ACK);
    assertThat(replies).extracting(Reply::option).containsOnly(Option.GO);
    ByteBuffer info = replies.get(0).buffer();
    assertThat(info.getShort()).isEqualTo((short) Info.EXPORT);
    assertThat(info.getLong()).isEqualTo(1 << 20);
    assertThat(info.getShort())
        .isEqualTo(
            (short)
                (TransmissionFlag.HAS_FLAGS
                    | TransmissionFlag.SEND_FLUSH
                    | TransmissionFlag.SEND_FUA));
    assertThat(info.hasRemaining()).isFalse();
    assertThat(handshake.export()).isSameAs(plain);
    assertThat(handshake.structuredReplies()).isFalse();
    assertThat(handshake.bytesNeeded()).isZero();
  }

  @Test
  void bytes_behind_go_are_requests_and_stay_in_the_input() {
    ByteBuffer input =
        ByteBuffer.wrap(
            HandshakeTalk.concat(HandshakeTalk.flags(FIXED), info(Option.GO, ""), new byte[28]));
    assertThat(handshake.receive(input)).isEqualTo(Outcome.TRANSMISSION);
    assertThat(input.remaining()).isEqualTo(28);
    assertThat(handshake.receive(input)).isEqualTo(Outcome.TRANSMISSION);
    assertThat(input.remaining()).isEqualTo(28);
  }

  @Test
  void info_answers_what_was_asked_and_lets_the_handshake_go_on() {
    byte[] ask =
        info(Option.INFO, "", Info.NAME, Info.DESCRIPTION, Info.BLOCK_SIZE, Info.EXPORT, 999);
    assertThat(receive(HandshakeTalk.flags(FIXED), ask)).isEqualTo(Outcome.NEED_MORE);
    List<Reply> replies = replies();
    assertThat(replies).extracting(Reply::option).containsOnly(Option.INFO);
    assertThat(replies.get(replies.size() - 1).type()).isEqualTo(OptionReply.ACK);
    assertThat(replies.subList(0, replies.size() - 1))
        .extracting(reply -> (int) reply.buffer().getShort())
        .containsExactlyInAnyOrder(Info.EXPORT, Info.NAME, Info.DESCRIPTION, Info.BLOCK_SIZE);
    assertThat(replies.get(2).text()).endsWith("the default disk");
    assertThatThrownBy(() -> handshake.export()).isInstanceOf(IllegalStateException.class);

    assertThat(receive(info(Option.GO, ""))).isEqualTo(Outcome.TRANSMISSION);
  }

  @Test
  void block_sizes_that_are_not_the_default_are_told_unasked() {
    receive(HandshakeTalk.flags(FIXED), info(Option.GO, "blöcke"));
    ByteBuffer sizes = replies().get(1).buffer();
    assertThat(sizes.getShort()).isEqualTo((short) Info.BLOCK_SIZE);
    assertThat(sizes.getInt()).isEqualTo(4096);
    assertThat(sizes.getInt()).isEqualTo(4096);
    assertThat(sizes.getInt()).isEqualTo(32 << 20);
    assertThat(sizes.hasRemaining()).isFalse();
  }

  @Test
  void the_canonical_name_is_told_to_who_asked_for_the_default() {
    handshake = new NbdHandshake(NbdExports.of(blocks).withDefault("blöcke"));
    HandshakeTalk.drain(handshake);
    receive(HandshakeTalk.flags(FIXED), info(Option.GO, "", Info.NAME));
    assertThat(replies()).extracting(Reply::text).anyMatch(text -> text.equals("\0\1blöcke"));
    assertThat(handshake.export()).isSameAs(blocks);
  }

  @Test
  void an_unknown_export_is_an_error_and_not_the_end() {
    assertThat(receive(HandshakeTalk.flags(FIXED), info(Option.GO, "nobody")))
        .isEqualTo(Outcome.NEED_MORE);
    assertThat(replies()).extracting(Reply::type).containsExactly(OptionReply.ERR_UNKNOWN);
    assertThat(receive(info(Option.GO, "blöcke"))).isEqualTo(Outcome.TRANSMISSION);
    assertThat(handshake.export()).isSameAs(blocks);
  }

  @Test
  void the_list_names_every_export_in_order_with_its_description() {
    receive(HandshakeTalk.flags(FIXED), HandshakeTalk.option(Option.LIST, new byte[0]));
    List<Reply> replies = replies();
    assertThat(replies)
        .extracting(Reply::type)
        .containsExactly(OptionReply.SERVER, OptionReply.SERVER, OptionReply.ACK);
    assertThat(replies.get(0).text()).isEqualTo("\0\0\0\0the default disk");
    assertThat(replies.get(1).text()).isEqualTo("\0\0\0\7blöcke");
    assertThat(replies.get(2).data().hasRemaining()).isFalse();
  }

  @Test
  void a_list_request_with_data_is_invalid() {
    assertThat(receive(HandshakeTalk.flags(FIXED), HandshakeTalk.option(Option.LIST, new byte[1])))
        .isEqualTo(Outcome.NEED_MORE);
    assertThat(replies()).extracting(Reply::type).containsExactly(OptionReply.ERR_INVALID);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 100_000})
  void abort_is_acknowledged_whatever_it_carries_and_ends_the_connection(int dataBytes) {
    byte[] abort = HandshakeTalk.option(Option.ABORT, new byte[dataBytes]);
    assertThat(receive(HandshakeTalk.flags(FIXED), abort)).isEqualTo(Outcome.CLOSE);
    assertThat(replies()).extracting(Reply::type).containsExactly(OptionReply.ACK);
    assertThat(handshake.closeReason()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 5, 8, 9, 10, 11, 12, 77, -1})
  void an_option_that_is_not_offered_is_refused_and_its_data_skipped(int option) {
    byte[] ask = HandshakeTalk.option(option, new byte[100]);
    assertThat(receive(HandshakeTalk.flags(FIXED), ask, info(Option.GO, "")))
        .isEqualTo(Outcome.TRANSMISSION);
    List<Reply> replies = replies();
    assertThat(replies.get(0).option()).isEqualTo(option);
    assertThat(replies.get(0).type()).isEqualTo(OptionReply.ERR_UNSUP);
    assertThat(replies.get(1).option()).isEqualTo(Option.GO);
  }

  @ParameterizedTest
  @ValueSource(ints = {FIXED, 0, NO_ZEROES, FIXED | NO_ZEROES})
  void export_name_answers_in_the_old_way_with_or_without_zeroes(int flags) {
    byte[] name = NbdStrings.encode("blöcke");
    assertThat(receive(HandshakeTalk.flags(flags), HandshakeTalk.option(Option.EXPORT_NAME, name)))
        .isEqualTo(Outcome.TRANSMISSION);
    byte[] output = HandshakeTalk.drain(handshake);
    assertThat(output).hasSize((flags & NO_ZEROES) != 0 ? 10 : 134);
    assertThat(ByteBuffer.wrap(output).getLong()).isEqualTo(8 << 20);
    assertThat(ByteBuffer.wrap(output).getShort(8)).isEqualTo((short) 3);
    assertThat(output).endsWith((flags & NO_ZEROES) != 0 ? new byte[0] : new byte[124]);
    assertThat(handshake.export()).isSameAs(blocks);
  }

  @Test
  void export_name_of_an_unknown_export_closes_without_a_word() {
    byte[] ask = HandshakeTalk.option(Option.EXPORT_NAME, NbdStrings.encode("nobody"));
    assertThat(receive(HandshakeTalk.flags(FIXED), ask)).isEqualTo(Outcome.CLOSE);
    assertThat(handshake.pendingOutput()).isZero();
  }

  @Test
  void an_incomplete_message_stays_in_the_input_and_its_need_is_told() {
    assertThat(handshake.bytesNeeded()).isEqualTo(4);
    receive(HandshakeTalk.flags(FIXED));
    assertThat(handshake.bytesNeeded()).isEqualTo(16);
    byte[] go = info(Option.GO, "blöcke");
    ByteBuffer input = ByteBuffer.wrap(go).limit(go.length - 1);
    assertThat(handshake.receive(input)).isEqualTo(Outcome.NEED_MORE);
    assertThat(handshake.bytesNeeded()).isEqualTo(go.length - 16);
    assertThat(input.position()).isEqualTo(16);
    assertThat(handshake.pendingOutput()).isZero();
    input.limit(go.length);
    assertThat(handshake.receive(input)).isEqualTo(Outcome.TRANSMISSION);
  }

  @Test
  void a_buffer_in_the_wrong_byte_order_is_the_callers_mistake() {
    ByteBuffer little = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    assertThatThrownBy(() -> handshake.receive(little))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
