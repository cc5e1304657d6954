package dev.uring;

import dev.uring.ring.FileRequests;
import dev.uring.ring.SubmissionEntry;

/** Reads and writes of lists of memory: of one piece, or vectored. */
final class Transfers {
  private final SubmitRing submit;

  Transfers(SubmitRing submit) {
    this.submit = submit;
  }

  void read(
      Target target, MemoryVector memory, long offset, long userData, RequestOptions options) {
    if (!memory.isWritable()) {
      throw new IllegalArgumentException("a read-only buffer cannot be read into");
    }
    add(true, target, memory, offset, userData, options);
  }

  void write(
      Target target, MemoryVector memory, long offset, long userData, RequestOptions options) {
    add(false, target, memory, offset, userData, options);
  }

  private void add(
      boolean read,
      Target target,
      MemoryVector memory,
      long offset,
      long userData,
      RequestOptions options) {
    checkOffset(offset);
    int readWriteFlags = options.readWriteFlags();
    int count = checkedCount(memory);
    submit.checkLinks(options);
    int place = submit.begin(target, count > 1 ? count : 0, userData);
    try {
      SubmissionEntry entry = submit.entry();
      if (count == 1) {
        single(read, place, memory, offset);
      } else if (read) {
        InFlightRequest request = submit.hold(place);
        long vector = request.vector(memory, count);
        request.checkWritable();
        FileRequests.readv(entry, submit.fd(), vector, count, offset);
      } else {
        FileRequests.writev(
            entry, submit.fd(), submit.hold(place).vector(memory, count), count, offset);
      }
      if (readWriteFlags != 0) {
        entry.readWriteFlags(readWriteFlags);
      }
    } catch (RuntimeException | Error e) {
      submit.abandon(place);
      throw e;
    }
    submit.end(options);
  }

  private void single(boolean read, int place, MemoryVector memory, long offset) {
    // Read once, then checked together: somebody may be changing the list.
    NativeMemory only = memory.memory(0);
    int length = memory.length(0);
    long address = only.addressOf(memory.position(0), length);
    submit.hold(place).retained = only;
    if (read) {
      only.checkWritable();
      FileRequests.read(submit.entry(), submit.fd(), address, length, offset);
    } else {
      FileRequests.write(submit.entry(), submit.fd(), address, length, offset);
    }
  }

  static int checkedCount(MemoryVector memory) {
    int count = memory.count();
    if (count == 0) {
      throw new IllegalArgumentException("a list without memory: there is nothing to transfer");
    }
    return count;
  }

  static void checkRange(long offset, long length) {
    if (offset < 0 || length < 0 || length > Long.MAX_VALUE - offset) {
      throw new IllegalArgumentException(
          "not a range of a file: " + length + " bytes from " + offset);
    }
  }

  /** As {@link #checkRange}, of a byte or more. */
  static void checkSomeRange(long offset, long length) {
    checkRange(offset, length);
    if (length == 0) {
      throw new IllegalArgumentException("a range of no bytes, from " + offset);
    }
  }

  static void checkOffset(long offset) {
    if (offset < FileRequests.CURRENT_POSITION) {
      throw new IllegalArgumentException("offset is below -1: " + offset);
    }
  }
}
