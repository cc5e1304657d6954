package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.Info;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The data of NBD_OPT_INFO and NBD_OPT_GO: a name, and what the client wants to know about it. */
record InfoRequest(
    String name, boolean wantsName, boolean wantsDescription, boolean wantsBlockSize) {

  /** The name's length before it, the number of information requests behind it. */
  private static final int FIXED_BYTES = 6;

  /**
   * Reads one request, which must fill {@code data} exactly. Information requests that mean nothing
   * to us are passed over, as the protocol demands.
   *
   * @return null if the data is malformed
   */
  static @Nullable InfoRequest parse(ByteBuffer data) {
    if (data.remaining() < FIXED_BYTES) {
      return null;
    }
    long nameBytes = Integer.toUnsignedLong(data.getInt());
    if (nameBytes > data.remaining() - Short.BYTES) {
      return null;
    }
    String name = NbdStrings.take(data, (int) nameBytes);
    int count = Short.toUnsignedInt(data.getShort());
    if (name == null || data.remaining() != count * Short.BYTES) {
      return null;
    }
    boolean wantsName = false;
    boolean wantsDescription = false;
    boolean wantsBlockSize = false;
    while (data.hasRemaining()) {
      int info = Short.toUnsignedInt(data.getShort());
      wantsName |= info == Info.NAME;
      wantsDescription |= info == Info.DESCRIPTION;
      wantsBlockSize |= info == Info.BLOCK_SIZE;
    }
    return new InfoRequest(name, wantsName, wantsDescription, wantsBlockSize);
  }
}
