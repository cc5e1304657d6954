package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.nbd.NbdProtocol.Magic;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** NBD byte by byte, for what no client does. */
final class RawClient {
  private RawClient() {}

  static SocketChannel connect(NbdAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(((NbdAddress.Unix) address).path()));
    return channel;
  }

  /** A connection to the default export, chosen in the oldest and shortest way. */
  static SocketChannel enterTransmission(NbdAddress address) throws IOException {
    SocketChannel channel = connect(address);
    receive(channel, 18);
    ByteBuffer choice = ByteBuffer.allocate(20);
    choice.putInt(3).putLong(Magic.OPTION).putInt(1).putInt(0).flip();
    send(channel, choice);
    receive(channel, 10);
    return channel;
  }

  static void putRequest(
      ByteBuffer out, int type, int flags, long cookie, long offset, int length) {
    out.putInt(Magic.REQUEST).putShort((short) flags).putShort((short) type);
    out.putLong(cookie).putLong(offset).putInt(length);
  }

  static void request(
      SocketChannel channel, int type, int flags, long cookie, long offset, int length)
      throws IOException {
    ByteBuffer out = ByteBuffer.allocate(NbdRequest.HEADER_BYTES);
    putRequest(out, type, flags, cookie, offset, length);
    send(channel, out.flip());
  }

  static void send(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  static ByteBuffer receive(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      assertThat(channel.read(bytes)).as("bytes before the end").isPositive();
    }
    return bytes.flip();
  }

  /** Whether the server has ended the connection, after whatever it still sends. */
  static boolean isEnded(SocketChannel channel) {
    ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
    try {
      while (channel.read(bytes.clear()) >= 0) {
        // What was on its way is of no interest.
      }
    } catch (IOException e) {
      return true;
    }
    return true;
  }
}
