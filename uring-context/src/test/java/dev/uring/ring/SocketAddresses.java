package dev.uring.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** {@code struct sockaddr} in tests. */
final class SocketAddresses {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int INTERNET_BYTES = 16;

  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private SocketAddresses() {}

  /** A name in the file system; the whole buffer is the address. */
  static ByteBuffer unix(Path path) {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    return Native.bytes(2 + name.length).putShort(0, (short) AF_UNIX).put(2, name);
  }

  /** A port of this machine. */
  static ByteBuffer loopback(int port) {
    return Native.bytes(INTERNET_BYTES)
        .putShort(0, (short) AF_INET)
        .order(ByteOrder.BIG_ENDIAN)
        .putShort(2, (short) port)
        .order(ByteOrder.nativeOrder())
        .put(4, LOOPBACK);
  }

  /** The port of an Internet address. */
  static int port(ByteBuffer address) {
    return Byte.toUnsignedInt(address.get(2)) << Byte.SIZE | Byte.toUnsignedInt(address.get(3));
  }
}
