package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.Magic;
import java.nio.ByteBuffer;

/**
 * Where a simple reply's fields are; like {@link NbdRequest}, without allocation or positions.
 *
 * <pre>
 *  0       4       8        16
 *  | magic | error | cookie |  data of a successful READ …
 * </pre>
 *
 * <p>Source: proto.md, "Simple reply message".
 */
final class NbdReply {

  static final int SIMPLE_HEADER_BYTES = 16;

  private static final int ERROR = 4;
  private static final int COOKIE = 8;

  private NbdReply() {}

  /**
   * Writes the header of a reply.
   *
   * @param buffer in network byte order
   * @param error 0, or one of {@link NbdProtocol.ErrorNumber}
   * @param cookie the request's
   */
  static void putSimple(ByteBuffer buffer, int position, int error, long cookie) {
    buffer.putInt(position, Magic.SIMPLE_REPLY);
    buffer.putInt(position + ERROR, error);
    buffer.putLong(position + COOKIE, cookie);
  }

  static int magic(ByteBuffer buffer, int position) {
    return buffer.getInt(position);
  }

  static int error(ByteBuffer buffer, int position) {
    return buffer.getInt(position + ERROR);
  }

  static long cookie(ByteBuffer buffer, int position) {
    return buffer.getLong(position + COOKIE);
  }
}
