package dev.uring.virtio;

import java.nio.ByteBuffer;

/**
 * The three parts of a split virtqueue in a guest's memory (2.7), and no logic.
 *
 * <pre>
 *   descriptors   { le64 address; le32 length; le16 flags; le16 next } × size
 *   available     { le16 flags; le16 index; le16 head × size; le16 used_event }
 *   used          { le16 flags; le16 index; { le32 head; le32 length } × size; le16 avail_event }
 * </pre>
 */
final class SplitRing {
  static final int DESCRIPTOR_BYTES = 16;
  static final int DESCRIPTOR_LENGTH = 8;
  static final int DESCRIPTOR_FLAGS = 12;
  static final int DESCRIPTOR_NEXT = 14;

  /** VIRTQ_DESC_F_NEXT, WRITE and INDIRECT. */
  static final int FLAG_NEXT = 1;

  static final int FLAG_WRITE = 2;
  static final int FLAG_INDIRECT = 4;

  /** VIRTQ_AVAIL_F_NO_INTERRUPT, and VIRTQ_USED_F_NO_NOTIFY of the same value. */
  static final int FLAG_QUIET = 1;

  private static final int FLAGS = 0;
  private static final int INDEX = 2;
  private static final int ELEMENTS = 4;
  private static final int USED_BYTES = 8;

  private final int size;
  private final ByteBuffer descriptors;
  private final ByteBuffer available;
  private final ByteBuffer used;

  /**
   * Looks a queue up in memory.
   *
   * @throws IllegalArgumentException if it is of no legal size, not aligned, or not in memory
   */
  SplitRing(QueueSetup setup, GuestMemory memory) {
    size = setup.size();
    if (!QueueSetup.isSize(size)) {
      throw new IllegalArgumentException(
          "a queue of " + Integer.toUnsignedString(size) + " is none: sizes are powers of two");
    }
    descriptors = view(memory, setup.descriptors(), 16, size * DESCRIPTOR_BYTES);
    available = view(memory, setup.driverArea(), 2, availableBytes(size));
    used = view(memory, setup.deviceArea(), 4, usedBytes(size));
  }

  private static ByteBuffer view(GuestMemory memory, long address, int alignment, int length) {
    if (address % alignment != 0) {
      throw new IllegalArgumentException(
          "a part of a queue at " + Long.toHexString(address) + " is not aligned to " + alignment);
    }
    return memory.view(address, length);
  }

  static int availableBytes(int size) {
    return ELEMENTS + 2 * size + 2;
  }

  static int usedBytes(int size) {
    return ELEMENTS + USED_BYTES * size + 2;
  }

  int size() {
    return size;
  }

  /** The descriptor table, whose entries may change between any two looks. */
  ByteBuffer descriptors() {
    return descriptors;
  }

  int availableIndex() {
    return MemoryOrder.acquire(available, INDEX);
  }

  int availableHead(int index) {
    return MemoryOrder.opaque(available, ELEMENTS + 2 * (index & (size - 1)));
  }

  /** Whether the driver asks for silence, without EVENT_IDX. */
  boolean driverIsQuiet() {
    return (MemoryOrder.opaque(available, FLAGS) & FLAG_QUIET) != 0;
  }

  /** The used index at whose passing the driver wants to be told, with EVENT_IDX. */
  int usedEvent() {
    return MemoryOrder.opaque(available, ELEMENTS + 2 * size);
  }

  int usedIndex() {
    return MemoryOrder.opaque(used, INDEX);
  }

  void putUsed(int index, int head, int length) {
    int element = ELEMENTS + USED_BYTES * (index & (size - 1));
    used.putInt(element, head);
    used.putInt(element + 4, length);
  }

  void releaseUsedIndex(int index) {
    MemoryOrder.release(used, INDEX, index);
  }

  void setUsedFlags(int flags) {
    MemoryOrder.setOpaque(used, FLAGS, flags);
  }

  void setAvailEvent(int index) {
    MemoryOrder.setOpaque(used, ELEMENTS + USED_BYTES * size, index);
  }
}
