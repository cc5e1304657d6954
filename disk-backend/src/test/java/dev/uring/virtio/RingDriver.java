package dev.uring.virtio;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A driver's side of a split virtqueue, written from the specification and sharing nothing with the
 * device's: it lays rings out in a guest's memory, makes chains, and says when to notify.
 */
final class RingDriver {
  static final int NEXT = 1;
  static final int WRITE = 2;
  static final int INDIRECT = 4;

  /**
   * A piece of a chain: where in the guest's memory, how long, and whether the device writes it.
   */
  record Piece(long address, int length, boolean write) {}

  /** A used element. */
  record Used(int head, int length) {}

  final GuestArea area;
  final int size;
  final long descriptors;
  final long available;
  final long used;
  final boolean eventIndex;
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final List<List<Integer>> chains = new ArrayList<>();
  private int availableIndex;
  private int shownIndex;
  private int usedIndex;

  RingDriver(GuestArea area, int size, boolean eventIndex) {
    this(area, size, eventIndex, 0);
  }

  RingDriver(GuestArea area, int size, boolean eventIndex, int firstIndex) {
    this.area = area;
    this.size = size;
    this.eventIndex = eventIndex;
    descriptors = area.allocate(16 * size, 16);
    available = area.allocate(6 + 2 * size, 2);
    used = area.allocate(6 + 8 * size, 4);
    for (int index = 0; index < size; index++) {
      free.add(index);
      chains.add(List.of());
    }
    availableIndex = firstIndex;
    shownIndex = firstIndex;
    usedIndex = firstIndex;
    area.putShort(available + 2, firstIndex);
    area.putShort(used + 2, firstIndex);
  }

  QueueSetup setup() {
    return new QueueSetup(size, descriptors, available, used, availableIndex, usedIndex);
  }

  int freeDescriptors() {
    return free.size();
  }

  void putDescriptor(long table, int index, long address, int length, int flags, int next) {
    long at = table + 16L * index;
    area.putLong(at, address);
    area.putInt(at + 8, length);
    area.putShort(at + 12, flags);
    area.putShort(at + 14, next);
  }

  /** Makes a chain of descriptors in the table, and its head available; not yet shown. */
  int add(List<Piece> pieces) {
    List<Integer> taken = new ArrayList<>();
    for (int index = 0; index < pieces.size(); index++) {
      taken.add(free.remove());
    }
    for (int index = 0; index < pieces.size(); index++) {
      Piece piece = pieces.get(index);
      boolean last = index == pieces.size() - 1;
      int flags = (piece.write() ? WRITE : 0) | (last ? 0 : NEXT);
      int next = last ? 0 : taken.get(index + 1);
      putDescriptor(descriptors, taken.get(index), piece.address(), piece.length(), flags, next);
    }
    return offer(taken);
  }

  /** Makes a chain in a table of its own, which needs one descriptor here. */
  int addIndirect(List<Piece> pieces, long table) {
    for (int index = 0; index < pieces.size(); index++) {
      Piece piece = pieces.get(index);
      boolean last = index == pieces.size() - 1;
      int flags = (piece.write() ? WRITE : 0) | (last ? 0 : NEXT);
      putDescriptor(table, index, piece.address(), piece.length(), flags, last ? 0 : index + 1);
    }
    int head = free.remove();
    putDescriptor(descriptors, head, table, 16 * pieces.size(), INDIRECT, 0);
    return offer(List.of(head));
  }

  private int offer(List<Integer> taken) {
    int head = taken.get(0);
    chains.set(head, taken);
    offerHead(head);
    return head;
  }

  /** Makes any number available, whatever is there. */
  void offerHead(int head) {
    area.putShort(available + 4 + 2L * (availableIndex & (size - 1)), head);
    availableIndex = (availableIndex + 1) & 0xffff;
  }

  /** Shows the device what was added; whether the device must be notified. */
  boolean show() {
    int before = shownIndex;
    area.release(available + 2, availableIndex);
    shownIndex = availableIndex;
    area.fence();
    if (eventIndex) {
      int event = area.getShort(used + 4 + 8L * size);
      int passed = (availableIndex - event - 1) & 0xffff;
      return passed < ((availableIndex - before) & 0xffff);
    }
    return (area.getShort(used) & 1) == 0;
  }

  /** The next used element, or null. */
  Used takeUsed() {
    if (area.acquire(used + 2) == usedIndex) {
      return null;
    }
    long at = used + 4 + 8L * (usedIndex & (size - 1));
    Used element = new Used(area.getInt(at), area.getInt(at + 4));
    usedIndex = (usedIndex + 1) & 0xffff;
    free.addAll(chains.get(element.head()));
    chains.set(element.head(), List.of());
    return element;
  }

  /** With EVENT_IDX: asks to be told of the next used element; without, allows it. */
  boolean enableInterrupts() {
    if (eventIndex) {
      area.putShort(available + 4 + 2L * size, usedIndex);
    } else {
      area.putShort(available, 0);
    }
    area.fence();
    return area.acquire(used + 2) != usedIndex;
  }

  void disableInterrupts() {
    if (!eventIndex) {
      area.putShort(available, 1);
    }
  }

  int usedIndex() {
    return usedIndex;
  }

  int availableIndex() {
    return availableIndex;
  }

  /** Puts some other available index before the device. */
  void showIndex(int index) {
    area.release(available + 2, index);
  }

  ByteBuffer bytes(long address, int length) {
    return area.bytes(address, length);
  }
}
