package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.Magic;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a client says during the handshake, and the server's answers taken apart. */
final class HandshakeTalk {

  record Reply(int option, int type, ByteBuffer data) {
    ByteBuffer buffer() {
      return data.duplicate();
    }

    String text() {
      return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
    }
  }

  private HandshakeTalk() {}

  static byte[] flags(int flags) {
    return ByteBuffer.allocate(4).putInt(flags).array();
  }

  static byte[] option(int option, byte[] data) {
    return concat(optionHeader(option, data.length), data);
  }

  static byte[] optionHeader(int option, int length) {
    return ByteBuffer.allocate(16).putLong(Magic.OPTION).putInt(option).putInt(length).array();
  }

  static byte[] infoData(String name, int... infos) {
    byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer data = ByteBuffer.allocate(6 + encoded.length + 2 * infos.length);
    data.putInt(encoded.length).put(encoded).putShort((short) infos.length);
    for (int info : infos) {
      data.putShort((short) info);
    }
    return data.array();
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Everything that waits to be sent. */
  static byte[] drain(NbdHandshake handshake) {
    ByteBuffer all = ByteBuffer.allocate(handshake.pendingOutput());
    handshake.drainTo(all);
    if (all.hasRemaining() || handshake.pendingOutput() != 0) {
      throw new AssertionError("what was taken is not what was pending");
    }
    return all.array();
  }

  /** Takes output apart that consists of option replies and nothing else. */
  static List<Reply> replies(byte[] output) {
    ByteBuffer buffer = ByteBuffer.wrap(output);
    List<Reply> replies = new ArrayList<>();
    while (buffer.hasRemaining()) {
      if (buffer.getLong() != Magic.OPTION_REPLY) {
        throw new AssertionError("no option reply at " + (buffer.position() - 8));
      }
      int option = buffer.getInt();
      int type = buffer.getInt();
      byte[] data = new byte[buffer.getInt()];
      buffer.get(data);
      replies.add(new Reply(option, type, ByteBuffer.wrap(data)));
    }
    return replies;
  }
}
