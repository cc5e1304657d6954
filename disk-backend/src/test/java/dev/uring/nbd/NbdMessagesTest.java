package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Where the fields of requests and replies are, byte by byte. */
class NbdMessagesTest {

  private static final String REQUEST =
      "25609513" + "8001" + "fffe" + "f1f2f3f4f5f6f7f8" + "e1e2e3e4e5e6e7e8" + "fffefdfc";

  @Test
  void a_requests_fields_are_read_unsigned_at_any_position() {
    ByteBuffer buffer = ByteBuffer.wrap(HexFormat.of().parseHex("ab" + REQUEST));
    assertThat(NbdRequest.magic(buffer, 1)).isEqualTo(NbdProtocol.Magic.REQUEST);
    assertThat(NbdRequest.flags(buffer, 1)).isEqualTo(0x8001);
    assertThat(NbdRequest.type(buffer, 1)).isEqualTo(0xfffe);
    assertThat(NbdRequest.cookie(buffer, 1)).isEqualTo(0xf1f2f3f4f5f6f7f8L);
    assertThat(NbdRequest.offset(buffer, 1)).isEqualTo(0xe1e2e3e4e5e6e7e8L);
    assertThat(NbdRequest.length(buffer, 1)).isEqualTo(0xfffefdfcL);
    assertThat(buffer.position()).isZero();
  }

  @Test
  void a_request_is_written_as_it_is_read() {
    ByteBuffer buffer = ByteBuffer.allocate(NbdRequest.HEADER_BYTES);
    NbdRequest.put(buffer, 0x8001, 0xfffe, 0xf1f2f3f4f5f6f7f8L, 0xe1e2e3e4e5e6e7e8L, 0xfffefdfc);
    assertThat(buffer.hasRemaining()).isFalse();
    assertThat(HexFormat.of().formatHex(buffer.array())).isEqualTo(REQUEST);
  }

  @Test
  void a_simple_reply_is_sixteen_bytes_where_it_was_put() {
    ByteBuffer buffer = ByteBuffer.allocate(20);
    NbdReply.putSimple(buffer, 2, 28, 0xf1f2f3f4f5f6f7f8L);
    assertThat(HexFormat.of().formatHex(buffer.array()))
        .isEqualTo("0000" + "67446698" + "0000001c" + "f1f2f3f4f5f6f7f8" + "0000");
    assertThat(NbdReply.magic(buffer, 2)).isEqualTo(NbdProtocol.Magic.SIMPLE_REPLY);
    assertThat(NbdReply.error(buffer, 2)).isEqualTo(28);
    assertThat(NbdReply.cookie(buffer, 2)).isEqualTo(0xf1f2f3f4f5f6f7f8L);
    assertThat(NbdReply.SIMPLE_HEADER_BYTES).isEqualTo(16);
  }
}
