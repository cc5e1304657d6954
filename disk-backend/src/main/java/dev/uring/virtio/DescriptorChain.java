package dev.uring.virtio;

import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import java.nio.ByteBuffer;

/**
 * The memory of one descriptor chain: what the device may read, then what it may write. Reusable,
 * for one thread.
 *
 * <p>Each descriptor is copied once and checked as copied: it lies in its table, all of its range
 * in the guest's memory, parts to be written come after parts to be read, a table of indirect
 * descriptors is the chain's end and holds no other. A chain has no more descriptors than its
 * queue, or than {@value #MOST_INDIRECT} in an indirect table, which ends loops.
 */
final class DescriptorChain {
  /** How many descriptors of an indirect table a chain may go through. */
  static final int MOST_INDIRECT = MemoryVector.MAXIMUM_PIECES;

  /** A longer table is no honest one: 16 bits lead from one descriptor to the next. */
  private static final int MOST_TABLE_BYTES = QueueSetup.MAXIMUM_SIZE * SplitRing.DESCRIPTOR_BYTES;

  private static final long MOST_BYTES = 0xffff_ffffL;

  private final boolean indirectAllowed;
  private final MemoryVector readable = new MemoryVector(8);
  private final MemoryVector writable = new MemoryVector(8);
  private GuestMemory memory = GuestMemory.EMPTY;
  private long readableBytes;
  private long writableBytes;
  private long lastWritable;

  /** A reader of chains; {@code indirectAllowed} is whether INDIRECT_DESC was negotiated. */
  DescriptorChain(boolean indirectAllowed) {
    this.indirectAllowed = indirectAllowed;
  }

  /**
   * Reads the chain that begins at a head.
   *
   * @throws BrokenQueueException if no driver could have made it
   */
  void read(SplitRing ring, GuestMemory guest, int head) {
    clear();
    memory = guest;
    ByteBuffer table = ring.descriptors();
    int count = ring.size();
    int at = 0;
    int index = head;
    int left = count;
    boolean indirect = false;
    while (true) {
      if (index >= count) {
        throw new BrokenQueueException("descriptor " + index + " in a table of " + count);
      }
      if (left == 0) {
        throw new BrokenQueueException("a chain that is longer than it may be, or goes in circles");
      }
      left--;
      int entry = at + index * SplitRing.DESCRIPTOR_BYTES;
      long address = table.getLong(entry);
      int length = table.getInt(entry + SplitRing.DESCRIPTOR_LENGTH);
      int flags = table.getShort(entry + SplitRing.DESCRIPTOR_FLAGS);
      if ((flags & SplitRing.FLAG_INDIRECT) != 0) {
        int window = checkIndirect(indirect, address, length, flags);
        indirect = true;
        table = memory.bytes(window);
        at = memory.position(window, address);
        count = length / SplitRing.DESCRIPTOR_BYTES;
        index = 0;
        left = Math.min(count, MOST_INDIRECT);
        continue;
      }
      add(address, Integer.toUnsignedLong(length), (flags & SplitRing.FLAG_WRITE) != 0);
      if ((flags & SplitRing.FLAG_NEXT) == 0) {
        return;
      }
      index = Short.toUnsignedInt(table.getShort(entry + SplitRing.DESCRIPTOR_NEXT));
    }
  }

  private int checkIndirect(boolean nested, long address, int length, int flags) {
    if (!indirectAllowed) {
      throw new BrokenQueueException("an indirect descriptor, which was not negotiated");
    }
    if (nested) {
      throw new BrokenQueueException("an indirect table within another");
    }
    if ((flags & SplitRing.FLAG_NEXT) != 0) {
      throw new BrokenQueueException("an indirect table that is not the end of its chain");
    }
    if (length <= 0 || length > MOST_TABLE_BYTES || length % SplitRing.DESCRIPTOR_BYTES != 0) {
      throw new BrokenQueueException(
          "an indirect table of " + Integer.toUnsignedString(length) + " bytes");
    }
    int window = memory.find(address, length);
    if (window < 0) {
      throw outside(address, length);
    }
    return window;
  }

  private void add(long address, long length, boolean write) {
    if (length == 0) {
      throw new BrokenQueueException("a descriptor without bytes");
    }
    if (!write && writableBytes > 0) {
      throw new BrokenQueueException("a part to be read behind one to be written");
    }
    if (readableBytes + writableBytes + length > MOST_BYTES) {
      throw new BrokenQueueException("a chain of more than 4 GiB");
    }
    if (!memory.addTo(write ? writable : readable, address, length)) {
      throw outside(address, length);
    }
    if (write) {
      writableBytes += length;
      lastWritable = address + length - 1;
    } else {
      readableBytes += length;
    }
  }

  private static BrokenQueueException outside(long address, long length) {
    return new BrokenQueueException(
        length + " bytes at " + Long.toHexString(address) + " do not lie in the guest's memory");
  }

  /** The memory that may be read; less than {@link #readableBytes} if it has too many pieces. */
  MemoryVector readable() {
    return readable;
  }

  /** The memory that may be written; less than {@link #writableBytes} if in too many pieces. */
  MemoryVector writable() {
    return writable;
  }

  long readableBytes() {
    return readableBytes;
  }

  long writableBytes() {
    return writableBytes;
  }

  /** Whether there are more pieces than the disk takes in one request. */
  boolean isScattered() {
    return readable.byteCount() < readableBytes || writable.byteCount() < writableBytes;
  }

  /** The memory of the last byte that may be written; there is one. */
  NativeMemory lastMemory() {
    return memory.memory(memory.find(lastWritable, 1));
  }

  /** Where in {@link #lastMemory} it lies. */
  int lastPosition() {
    return memory.position(memory.find(lastWritable, 1), lastWritable);
  }

  /** Lets go of all memory. */
  void clear() {
    readable.clear();
    writable.clear();
    memory = GuestMemory.EMPTY;
    readableBytes = 0;
    writableBytes = 0;
  }
}
