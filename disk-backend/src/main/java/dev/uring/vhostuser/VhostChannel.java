package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages on a socket. For one thread. */
final class VhostChannel {
  private final DescriptorSocket socket;
  private final ByteBuffer header = direct(VhostProtocol.HEADER_BYTES);
  private final ByteBuffer payload = direct(VhostProtocol.MOST_PAYLOAD_BYTES);
  private final ByteBuffer reply =
      direct(VhostProtocol.HEADER_BYTES + VhostProtocol.MOST_PAYLOAD_BYTES);

  VhostChannel(DescriptorSocket socket) {
    this.socket = socket;
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /**
   * Waits for the next message, which the caller closes.
   *
   * @return null if the front end has hung up between two messages
   * @throws VhostException if what came is no message
   * @throws dev.uring.ring.UringException if the connection broke
   */
  @Nullable VhostMessage receive() {
    List<Descriptor> descriptors = new ArrayList<>();
    try {
      header.clear();
      if (!fill(header, descriptors, true)) {
        return null;
      }
      int request = header.getInt(0);
      int flags = header.getInt(4);
      int size = header.getInt(8);
      if ((flags & VhostProtocol.FLAG_VERSION_MASK) != VhostProtocol.FLAG_VERSION_1
          || (flags & VhostProtocol.FLAG_REPLY) != 0) {
        throw new VhostException(
            "a message with the flags 0x" + Integer.toHexString(flags) + " is no request");
      }
      if (Integer.compareUnsigned(size, VhostProtocol.MOST_PAYLOAD_BYTES) > 0) {
        throw new VhostException(
            "a message of " + Integer.toUnsignedString(size) + " bytes is larger than any");
      }
      payload.clear().limit(size);
      boolean unused = fill(payload, descriptors, false);
      payload.flip();
      VhostMessage message = new VhostMessage(request, flags, payload, descriptors);
      descriptors.clear();
      return message;
    } finally {
      descriptors.forEach(Descriptor::close);
    }
  }

  private boolean fill(ByteBuffer into, List<Descriptor> descriptors, boolean mayEnd) {
    while (into.hasRemaining()) {
      if (socket.receive(into, descriptors) == 0) {
        if (mayEnd && into.position() == 0) {
          return false;
        }
        throw new VhostException("the connection ended in the middle of a message");
      }
      if (descriptors.size() > DescriptorSocket.MAXIMUM_DESCRIPTORS) {
        throw new VhostException("a message came with " + descriptors.size() + " descriptors");
      }
    }
    return true;
  }

  /** Where the payload of a reply is to be put. */
  ByteBuffer startReply() {
    return reply.clear().position(VhostProtocol.HEADER_BYTES);
  }

  /** Sends what was put since {@link #startReply} as the reply to a request. */
  void sendReply(int request) {
    int size = reply.position() - VhostProtocol.HEADER_BYTES;
    reply
        .putInt(0, request)
        .putInt(4, VhostProtocol.FLAG_VERSION_1 | VhostProtocol.FLAG_REPLY)
        .putInt(8, size);
    socket.send(reply.flip());
  }

  /** Sends a reply that is one number. */
  void sendReply(int request, long number) {
    startReply().putLong(number);
    sendReply(request);
  }
}
