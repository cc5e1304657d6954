package dev.uring.vhostuser;

import dev.uring.Descriptor;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message from the front end: a request, its payload, and descriptors until they are taken. */
final class VhostMessage implements AutoCloseable {
  private final int request;
  private final boolean wantsReply;
  private final ByteBuffer payload;
  private final Deque<Descriptor> descriptors;

  /**
   * @param payload from position to limit, in the machine's byte order; valid until the next
   *     message
   * @param descriptors become this message's, which closes what nobody has taken
   */
  VhostMessage(int request, int flags, ByteBuffer payload, List<Descriptor> descriptors) {
    this.request = request;
    this.wantsReply = (flags & VhostProtocol.FLAG_NEED_REPLY) != 0;
    this.payload = payload;
    this.descriptors = new ArrayDeque<>(descriptors);
  }

  int request() {
    return request;
  }

  /** Whether the front end asks to be told how it went. */
  boolean wantsReply() {
    return wantsReply;
  }

  /** The payload, whose length was checked to be this at least. */
  ByteBuffer payload(int bytes) {
    if (payload.remaining() < bytes) {
      throw new VhostException(
          this + " has a payload of " + payload.remaining() + " bytes and needs " + bytes);
    }
    return payload;
  }

  /** The payload of a message that is one number. */
  long number() {
    return payload(VhostProtocol.U64_BYTES).getLong(payload.position());
  }

  int descriptorCount() {
    return descriptors.size();
  }

  /** The next descriptor, the caller's to close from now on. */
  Descriptor takeDescriptor() {
    Descriptor descriptor = descriptors.poll();
    if (descriptor == null) {
      throw new VhostException(this + " came without the descriptor that it needs");
    }
    return descriptor;
  }

  /** As {@link #takeDescriptor}, or null if the message says that there is none. */
  @Nullable Descriptor takeRingDescriptor() {
    return (number() & VhostProtocol.RING_WITHOUT_DESCRIPTOR) != 0 ? null : takeDescriptor();
  }

  @Override
  public void close() {
    descriptors.forEach(Descriptor::close);
    descriptors.clear();
  }

  @Override
  public String toString() {
    return "message " + Integer.toUnsignedString(request);
  }
}
