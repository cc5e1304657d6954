package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.Magic;
import java.nio.ByteBuffer;

/**
 * Where a request's fields are. Nothing is allocated and no buffer's position is used, so that
 * headers can be read where they arrived.
 *
 * <pre>
 *  0      4       6      8        16       24       28
 *  | magic | flags | type | cookie | offset | length |
 * </pre>
 *
 * <p>Every buffer must be in network byte order, and hold {@link #HEADER_BYTES} from {@code
 * position} on. Source: proto.md, "Request message".
 */
final class NbdRequest {

  static final int HEADER_BYTES = 28;

  private static final int FLAGS = 4;
  private static final int TYPE = 6;
  private static final int COOKIE = 8;
  private static final int OFFSET = 16;
  private static final int LENGTH = 24;

  private NbdRequest() {}

  /** {@link Magic#REQUEST}, or the peer is out of step and the connection must be closed. */
  static int magic(ByteBuffer buffer, int position) {
    return buffer.getInt(position);
  }

  /** 16 bits, see {@link NbdProtocol.CommandFlag}. */
  static int flags(ByteBuffer buffer, int position) {
    return Short.toUnsignedInt(buffer.getShort(position + FLAGS));
  }

  /** 16 bits, see {@link NbdProtocol.Command}. */
  static int type(ByteBuffer buffer, int position) {
    return Short.toUnsignedInt(buffer.getShort(position + TYPE));
  }

  /** Whatever the client wants back in the reply; all 64 bits are its own. */
  static long cookie(ByteBuffer buffer, int position) {
    return buffer.getLong(position + COOKIE);
  }

  /** In bytes; unsigned, so a negative value is a huge one. */
  static long offset(ByteBuffer buffer, int position) {
    return buffer.getLong(position + OFFSET);
  }

  /** In bytes, 0 to 2³²-1. */
  static long length(ByteBuffer buffer, int position) {
    return Integer.toUnsignedLong(buffer.getInt(position + LENGTH));
  }

  /** Appends a request's header at the buffer's position. */
  static void put(ByteBuffer buffer, int flags, int type, long cookie, long offset, int length) {
    buffer.putInt(Magic.REQUEST).putShort((short) flags).putShort((short) type);
    buffer.putLong(cookie).putLong(offset).putInt(length);
  }
}
