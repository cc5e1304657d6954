package dev.uring.ring.struct;

import java.nio.ByteBuffer;

/**
 * {@code struct io_uring_recvmsg_out}: what a multishot {@code RECVMSG} writes at the start of a
 * provided buffer. 6.0.
 *
 * <pre>
 *    0 namelen(4)   4 controllen(4)   8 payloadlen(4)   12 flags(4)   16
 *   16 name, as much room as the msghdr said
 *      control data, as much room as the msghdr said
 *      payload, to the end of what the completion's result counts
 * </pre>
 *
 * <p>Lengths in the header are what arrived; name and control data are cut to the room there was. A
 * view of the buffer that it was read from: good until that buffer is given back.
 */
public final class ReceivedMessage {
  static final StructLayout LAYOUT = StructLayout.ofUring("io_uring_recvmsg_out", 16);
  private static final int NAME_LENGTH = LAYOUT.field("namelen", 0);
  private static final int CONTROL_LENGTH = LAYOUT.field("controllen", 4);
  private static final int PAYLOAD_LENGTH = LAYOUT.field("payloadlen", 8);
  private static final int FLAGS = LAYOUT.field("flags", 12);

  /** Bytes that the header takes in a buffer. */
  public static final int HEADER_BYTES = LAYOUT.bytes();

  private final ByteBuffer name;
  private final ByteBuffer control;
  private final ByteBuffer payload;
  private final int nameLength;
  private final int controlLength;
  private final int payloadLength;
  private final int flags;

  private ReceivedMessage(ByteBuffer buffer, int nameRoom, int controlRoom, int result) {
    nameLength = buffer.getInt(NAME_LENGTH);
    controlLength = buffer.getInt(CONTROL_LENGTH);
    payloadLength = buffer.getInt(PAYLOAD_LENGTH);
    flags = buffer.getInt(FLAGS);
    int controlStart = HEADER_BYTES + nameRoom;
    int payloadStart = controlStart + controlRoom;
    name = buffer.slice(HEADER_BYTES, least(nameLength, nameRoom));
    control = buffer.slice(controlStart, least(controlLength, controlRoom));
    payload = buffer.slice(payloadStart, result - payloadStart);
  }

  private static int least(int unsigned, int room) {
    return (int) Math.min(Integer.toUnsignedLong(unsigned), room);
  }

  /**
   * Reads a buffer that a completion names.
   *
   * @param buffer the provided buffer from its first byte, in the machine's byte order
   * @param nameRoom {@code msg_namelen} of the request's header
   * @param controlRoom {@code msg_controllen} of the request's header
   * @param result of the completion, in bytes
   * @throws IllegalArgumentException if the result or the buffer is too short for the header and
   *     the rooms
   */
  public static ReceivedMessage read(ByteBuffer buffer, int nameRoom, int controlRoom, int result) {
    if (nameRoom < 0 || controlRoom < 0) {
      throw new IllegalArgumentException("a room is negative");
    }
    long head = (long) HEADER_BYTES + nameRoom + controlRoom;
    if (result < head || result > buffer.capacity()) {
      throw new IllegalArgumentException(
          result
              + " bytes are no message: the header and the rooms take "
              + head
              + " and the buffer has "
              + buffer.capacity());
    }
    return new ReceivedMessage(buffer, nameRoom, controlRoom, result);
  }

  /** The sender's address, cut to the room there was. */
  public ByteBuffer name() {
    return name;
  }

  /** The control data, cut to the room there was. */
  public ByteBuffer control() {
    return control;
  }

  /** The data, cut to the room there was. */
  public ByteBuffer payload() {
    return payload;
  }

  /** The length of the sender's address as it arrived, unsigned. */
  public int nameLength() {
    return nameLength;
  }

  /** The length of the control data as it arrived, unsigned. */
  public int controlLength() {
    return controlLength;
  }

  /** The length of the data as it arrived, unsigned; more than the payload's if it was cut. */
  public int payloadLength() {
    return payloadLength;
  }

  /** {@code MSG_TRUNC}, {@code MSG_CTRUNC} and the like. */
  public int flags() {
    return flags;
  }
}
