package dev.uring;

import dev.uring.ring.struct.ReceivedMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A message as {@link MessageRequests#addReceiveEach} puts it into a buffer: behind where it came
 * from.
 *
 * @param sender or null: of a connection, and of another family than the Internet's
 * @param payload what was sent, a view of the buffer: good until that is given back
 * @param truncated whether the buffer was too small for the message; the rest is lost
 */
public record ReceivedDatagram(
    @Nullable InetSocketAddress sender, ByteBuffer payload, boolean truncated) {
  /** {@code struct sockaddr_storage}. */
  static final int NAME_ROOM = 128;

  /** What a buffer needs before the first byte of a message. */
  static final int HEAD = ReceivedMessage.HEADER_BYTES + NAME_ROOM;

  private static final int MSG_TRUNC = 0x20;

  /**
   * Reads what {@link MessageRequests#addReceiveEach} has received, which stays the caller's to
   * give back.
   *
   * @throws IllegalArgumentException if that is something else, as far as it can be told
   */
  public static ReceivedDatagram of(ReceivedBytes received) {
    ByteBuffer bytes = received.bytes().duplicate().order(ByteOrder.nativeOrder());
    ReceivedMessage message = ReceivedMessage.read(bytes, NAME_ROOM, 0, bytes.capacity());
    return new ReceivedDatagram(
        Addresses.read(message.name()), message.payload(), (message.flags() & MSG_TRUNC) != 0);
  }
}
