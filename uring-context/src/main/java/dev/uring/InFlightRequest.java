package dev.uring;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One place of the in-flight table: whose request it is and what the kernel may still touch.
 *
 * <p>Written by the thread that adds the request, before the entry is shown to the kernel; read by
 * the thread that claims its completion. The kernel's release and our acquire of the completion
 * queue's tail stand between the two.
 */
final class InFlightRequest {
  /** struct msghdr is 56 bytes; the vector follows it. */
  private static final int MESSAGE_HEADER_BYTES = 64;

  private static final int VECTOR_ENTRY_BYTES = 16;
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  final int slot;

  /** Rises with each use of the place, so that a late completion is known for what it is. */
  int generation;

  boolean active;
  long userData;
  @Nullable Descriptor descriptor;
  @Nullable Object retained;
  @Nullable Object[] retainedPieces = new Object[0];
  int retainedCount;

  /** For requests of which the caller gets another completion than the kernel's. */
  @Nullable Intercept intercept;

  private ByteBuffer scratch = NOTHING;
  private long scratchAddress;

  InFlightRequest(int slot, int firstGeneration) {
    this.slot = slot;
    this.generation = firstGeneration;
  }

  /** What stands in the entry: the place and its generation, never the caller's user data. */
  long token() {
    return (long) generation << 32 | slot;
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
    retainedPieces = new Object[rounded];
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
    return scratchAddress + MESSAGE_HEADER_BYTES;
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

  /** Puts a time where the kernel finds it; {@link #reserve} made room for two pieces before. */
  long timespec(long seconds, long nanoseconds) {
    scratch.putLong(0, seconds);
    scratch.putLong(Long.BYTES, nanoseconds);
    return scratchAddress;
  }

  /** Lets go of everything, after the last completion. */
  void finish() {
    active = false;
    generation++;
    retained = null;
    intercept = null;
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
