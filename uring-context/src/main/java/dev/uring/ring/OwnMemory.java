package dev.uring.ring;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;

/** Memory of the caller's own for one ring. */
final class OwnMemory {
  private final ByteBuffer ring;
  private final ByteBuffer entries;
  private boolean used;

  OwnMemory(ByteBuffer ring, ByteBuffer entries) {
    requirePage(ring);
    requirePage(entries);
    this.ring = ring;
    this.entries = entries;
  }

  private static void requirePage(ByteBuffer buffer) {
    if (NativeAddress.of(buffer) % RawMemory.pageSize() != 0) {
      throw new IllegalArgumentException(
          "a ring's memory starts at a page of "
              + RawMemory.pageSize()
              + " bytes; ByteBuffer.alignedSlice finds one");
    }
  }

  /**
   * Holds the memory against what the ring takes: the kernel pins by its own sizes and would reach
   * beyond.
   */
  void use(RingMemorySize wanted) {
    if (ring.capacity() < pages(wanted.ringBytes())
        || entries.capacity() < pages(wanted.entriesBytes())) {
      throw new IllegalArgumentException(
          "the ring takes "
              + wanted
              + " in whole pages, more than "
              + ring.capacity()
              + " and "
              + entries.capacity()
              + " bytes");
    }
    if (used) {
      throw new IllegalStateException("this memory was given to a ring already");
    }
    used = true;
    zero(ring);
    zero(entries);
  }

  private static long pages(int bytes) {
    long page = RawMemory.pageSize();
    return (bytes + page - 1) / page * page;
  }

  private static void zero(ByteBuffer buffer) {
    for (int at = 0; at < buffer.capacity(); at++) {
      buffer.put(at, (byte) 0);
    }
  }

  long ringAddress() {
    return NativeAddress.of(ring);
  }

  long entriesAddress() {
    return NativeAddress.of(entries);
  }

  RingMapping mapping() {
    return RingMapping.of(ring, entries);
  }
}
