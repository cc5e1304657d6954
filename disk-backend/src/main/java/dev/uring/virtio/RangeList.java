package dev.uring.virtio;

import dev.uring.disk.DiskRequest;

/** The ranges of a discard or of writing zeros, in bytes, and which of them comes next. */
final class RangeList {
  private final long[] offsets = new long[BlockLimits.RANGES];
  private final long[] lengths = new long[BlockLimits.RANGES];
  private final boolean[] unmapped = new boolean[BlockLimits.RANGES];
  private DiskRequest.Operation operation = DiskRequest.Operation.DISCARD;
  private boolean durable;
  private int count;
  private int next;

  /** Begins a list for one operation; it has room for {@link BlockLimits#RANGES}. */
  void begin(DiskRequest.Operation what, boolean isDurable) {
    clear();
    operation = what;
    durable = isDurable;
  }

  void add(long offset, long length, boolean unmap) {
    offsets[count] = offset;
    lengths[count] = length;
    unmapped[count] = unmap;
    count++;
  }

  /** Has a request ask for the next range that is not empty; false if there is none. */
  boolean prepareNext(DiskRequest request) {
    while (next < count && lengths[next] == 0) {
      next++;
    }
    if (next == count) {
      return false;
    }
    request.prepare(operation, offsets[next], lengths[next]);
    request.setKeepAllocated(!unmapped[next]);
    request.setDurable(durable);
    next++;
    return true;
  }

  void clear() {
    count = 0;
    next = 0;
  }
}
