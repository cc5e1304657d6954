package dev.uring.virtio;

import dev.uring.BufferPool;
import dev.uring.MemoryVector;
import dev.uring.disk.DiskRequest;
import java.nio.ByteBuffer;

/**
 * A transfer whose memory in the guest is not aligned as direct I/O asks: step by step through a
 * buffer of the loop. Firmware does that; operating systems hardly ever.
 */
final class BouncedTransfer {
  private final BufferPool buffers;
  private final MemoryVector guest = new MemoryVector();
  private final BufferPool.Buffer buffer;
  private final long offset;
  private final boolean read;
  private final boolean durable;
  private final int longestStep;
  private final long total;
  private long moved;
  private int step;

  /**
   * A transfer that has not begun.
   *
   * @param pieces the guest's memory
   * @param offset on the disk
   * @param longestStep how much memory it may hold, in bytes
   */
  BouncedTransfer(
      BufferPool buffers, MemoryVector pieces, Direction direction, long offset, int longestStep) {
    this.buffers = buffers;
    this.total = pieces.byteCount();
    this.guest.addRange(pieces, 0, total);
    this.read = direction == Direction.READ;
    this.durable = direction == Direction.WRITE_DURABLY;
    this.offset = offset;
    this.longestStep = longestStep;
    this.buffer = buffers.take((int) Math.min(total, longestStep));
  }

  /** Which way the bytes go. */
  enum Direction {
    READ,
    WRITE,
    WRITE_DURABLY
  }

  /**
   * Ends the step before, if there was one, and prepares the next; false if there is none. The
   * guest's memory may turn out not to be there.
   */
  boolean prepareNext(DiskRequest request) {
    ByteBuffer bytes = buffer.memory().buffer();
    if (read && step > 0) {
      PieceBytes.copyIn(bytes, step, guest, moved);
    }
    moved += step;
    step = (int) Math.min(total - moved, longestStep);
    if (step == 0) {
      return false;
    }
    request.memory().clear();
    request.memory().add(buffer.memory(), 0, step);
    if (read) {
      request.prepareRead(offset + moved);
    } else {
      PieceBytes.copyOut(guest, moved, bytes, step);
      request.prepareWrite(offset + moved);
      request.setDurable(durable);
    }
    return true;
  }

  void close() {
    guest.clear();
    buffers.give(buffer);
  }
}
