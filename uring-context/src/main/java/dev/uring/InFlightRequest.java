package dev.uring;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a request in flight holds: what the kernel may still touch, and who looks at its completion
 * first. One for each place of the {@link InFlightTable}, which says who may touch it when.
 */
final class InFlightRequest {
  /** struct msghdr is 56 bytes; the vector follows it. */
  private static final int MESSAGE_HEADER_BYTES = 64;

  private static final int MESSAGE_NAME = 0;
  private static final int MESSAGE_NAME_LENGTH = 8;
  private static final int MESSAGE_FLAGS = 48;
  private static final int VECTOR_ENTRY_BYTES = 16;
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  final int place;

  @Nullable Descriptor descriptor;
  @Nullable Object retained;
  @Nullable NativeMemory[] retainedPieces = new NativeMemory[0];
  int retainedCount;

  /** For requests of which the caller gets another completion than the kernel's. */
  @Nullable Intercept intercept;

  private ByteBuffer scratch = NOTHING;
  private long scratchAddress;

  InFlightRequest(int place) {
    this.place = place;
  }

  /** Makes room for the addresses of a list; after this {@link #vector} cannot fail. */
  void reserve(int pieces) {
    if (pieces == 0 || pieces <= retainedPieces.length) {
      return;
    }
    int rounded = pieces == 1 ? 1 : Integer.highestOneBit(pieces - 1) * 2;
    ByteBuffer area =
        ByteBuffer.allocateDirect(MESSAGE_HEADER_BYTES + rounded * VECTOR_ENTRY_BYTES)
            .order(ByteOrder.nativeOrder());
    retainedPieces = new NativeMemory[rounded];
    scratch = area;
    scratchAddress = RawMemory.addressOf(area);
  }

  /** Puts a list's addresses where the kernel finds them, and holds on to its memory. */
  long vector(MemoryVector list, int count) {
    ByteBuffer area = scratch;
    retainedCount = count;
    for (int piece = 0; piece < count; piece++) {
      // Read once, then checked together: somebody may be changing the list.
      NativeMemory memory = list.memory(piece);
      int length = list.length(piece);
      long address = memory.addressOf(list.position(piece), length);
      int entry = MESSAGE_HEADER_BYTES + piece * VECTOR_ENTRY_BYTES;
      area.putLong(entry, address);
      area.putLong(entry + Long.BYTES, length);
      retainedPieces[piece] = memory;
    }
    return vectorAddress();
  }

  /** Where {@link #vector} put the addresses. */
  long vectorAddress() {
    return scratchAddress + MESSAGE_HEADER_BYTES;
  }

  /** The address of a piece that {@link #vector} took. */
  long address(int piece) {
    return scratch.getLong(MESSAGE_HEADER_BYTES + piece * VECTOR_ENTRY_BYTES);
  }

  /** The length of a piece that {@link #vector} took, in bytes. */
  int length(int piece) {
    return (int) scratch.getLong(MESSAGE_HEADER_BYTES + piece * VECTOR_ENTRY_BYTES + Long.BYTES);
  }

  /** Refuses pieces that {@link #vector} took and that are not of this memory. */
  void checkWithin(NativeMemory whole) {
    long start = whole.addressOf(0, 0);
    for (int piece = 0; piece < retainedCount; piece++) {
      long position = address(piece) - start;
      if (position < 0 || position > whole.length() - length(piece)) {
        throw new IllegalArgumentException(
            "part " + piece + " of the list does not lie in the registered memory");
      }
    }
  }

  /** Refuses to be written to if a piece that {@link #vector} took is read-only. */
  void checkWritable() {
    for (int piece = 0; piece < retainedCount; piece++) {
      // What was taken, and not what is in the list by now.
      Objects.requireNonNull(retainedPieces[piece]).checkWritable();
    }
  }

  /** As {@link #vector}, with a {@code struct msghdr} in front; its address. */
  long message(MemoryVector list, int count) {
    long vectorAddress = vector(list, count);
    for (int word = 0; word < MESSAGE_HEADER_BYTES; word += Long.BYTES) {
      scratch.putLong(word, 0);
    }
    scratch.putLong(16, vectorAddress);
    scratch.putLong(24, count);
    return scratchAddress;
  }

  /** Says where the peer's address is, or the room for it, in the message that was put there. */
  void messageName(long address, int length) {
    scratch.putLong(MESSAGE_NAME, address);
    scratch.putInt(MESSAGE_NAME_LENGTH, length);
  }

  /** What the kernel has put into the message's flags; before its place is given up. */
  int messageFlags() {
    return scratch.getInt(MESSAGE_FLAGS);
  }

  /** Puts a time where the kernel finds it; {@link #reserve} made room for two pieces before. */
  long timespec(long seconds, long nanoseconds) {
    scratch.putLong(0, seconds);
    scratch.putLong(Long.BYTES, nanoseconds);
    return scratchAddress;
  }

  /** Lets go of everything, after the last completion. */
  void letGo() {
    retained = null;
    Intercept looking = intercept;
    if (looking != null) {
      intercept = null;
      looking.letGo();
    }
    if (retainedCount > 0) {
      Arrays.fill(retainedPieces, 0, retainedCount, null);
      retainedCount = 0;
    }
    Descriptor used = descriptor;
    if (used != null) {
      descriptor = null;
      used.release();
    }
  }
}
