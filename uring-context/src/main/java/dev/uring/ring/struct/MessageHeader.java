package dev.uring.ring.struct;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct msghdr}: what {@code sendmsg(2)} sends and {@code recvmsg(2)} receives.
 *
 * <pre>
 *    0 msg_name(8)      8 msg_namelen(4), 4 unused   16 msg_iov(8)   24 msg_iovlen(8)
 *   32 msg_control(8)  40 msg_controllen(8)          48 msg_flags(4), 4 unused
 *   56
 * </pre>
 *
 * <p>The kernel reads it when the entry is submitted and, for receiving, writes the lengths and
 * flags back at the completion: it is the kernel's until then. What name, control data and vectors
 * point to is the caller's to keep; the vectors are kept by this object.
 */
public final class MessageHeader extends Struct {
  static final StructLayout LAYOUT = new StructLayout("struct msghdr", "sys/socket.h", 56);
  private static final int NAME = LAYOUT.field("msg_name", 0);
  private static final int NAME_LENGTH = LAYOUT.field("msg_namelen", 8);
  private static final int VECTORS = LAYOUT.field("msg_iov", 16);
  private static final int VECTOR_COUNT = LAYOUT.field("msg_iovlen", 24);
  private static final int CONTROL = LAYOUT.field("msg_control", 32);
  private static final int CONTROL_LENGTH = LAYOUT.field("msg_controllen", 40);
  private static final int FLAGS = LAYOUT.field("msg_flags", 48);

  private @Nullable IoVectors vectors;

  /** Empty: no address, no data, no control data. */
  public MessageHeader() {
    super(LAYOUT);
  }

  /** The peer's socket address: where it lies, and its length or the room for it, in bytes. */
  public MessageHeader name(long address, int length) {
    requireRange("the length of a name", length, 0, Integer.MAX_VALUE);
    memory.putLong(NAME, address);
    memory.putInt(NAME_LENGTH, length);
    return this;
  }

  /** The data, or the room for it. */
  public MessageHeader data(IoVectors pieces) {
    requireRange("the number of pieces of a message", pieces.count(), 1, IoVectors.MOST);
    vectors = pieces;
    memory.putLong(VECTORS, pieces.address());
    memory.putLong(VECTOR_COUNT, pieces.count());
    return this;
  }

  /** Control data ({@code cmsg(3)}), or the room for it: where it lies, and bytes. */
  public MessageHeader control(long address, long length) {
    requireRange("the length of control data", length, 0, Integer.MAX_VALUE);
    memory.putLong(CONTROL, address);
    memory.putLong(CONTROL_LENGTH, length);
    return this;
  }

  /** After receiving: the length of the peer's address, perhaps more than there was room for. */
  public int nameLength() {
    return memory.getInt(NAME_LENGTH);
  }

  /** After receiving: bytes of control data that came. */
  public long controlLength() {
    return memory.getLong(CONTROL_LENGTH);
  }

  /** After receiving: {@code MSG_TRUNC}, {@code MSG_CTRUNC} and the like. */
  public int flags() {
    return memory.getInt(FLAGS);
  }

  /** The data that was set last, or null. */
  public @Nullable IoVectors vectors() {
    return vectors;
  }
}
