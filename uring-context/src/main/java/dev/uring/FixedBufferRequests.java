package dev.uring;

import dev.uring.ring.FileRequests;

/**
 * Reads and writes in memory that is {@linkplain URingContext#registerBuffers registered} with the
 * context. Results are counts of bytes, which may be short. 5.1.
 */
public final class FixedBufferRequests {
  private final URingContext context;
  private final SubmitRing submit;

  FixedBufferRequests(URingContext context, SubmitRing submit) {
    this.context = context;
    this.submit = submit;
  }

  /**
   * Reads into a part of a buffer, by {@code context.fixedBuffers().addRead(file, buffer, 0, 4096,
   * 0, 1)}. 5.1.
   *
   * @param offset in the file, in bytes, or -1 for the file's own position
   */
  public void addRead(
      Target target, FixedBuffer buffer, int position, int length, long offset, long userData) {
    long address = checkedAddress(buffer, position, length, offset);
    buffer.memory().checkWritable();
    submit.begin(target, userData);
    FileRequests.readFixed(submit.entry(), submit.fd(), address, length, offset)
        .bufferIndex(buffer.index());
    submit.end();
  }

  /**
   * Writes from a part of a buffer, by {@code context.fixedBuffers().addWrite(file, buffer, 0,
   * 4096, 0, 1)}. 5.1.
   *
   * @param offset in the file, in bytes, or -1 for the file's own position
   */
  public void addWrite(
      Target target, FixedBuffer buffer, int position, int length, long offset, long userData) {
    long address = checkedAddress(buffer, position, length, offset);
    submit.begin(target, userData);
    FileRequests.writeFixed(submit.entry(), submit.fd(), address, length, offset)
        .bufferIndex(buffer.index());
    submit.end();
  }

  private long checkedAddress(FixedBuffer buffer, int position, int length, long offset) {
    Transfers.checkOffset(offset);
    if (buffer.context() != context) {
      throw new IllegalArgumentException(buffer + " is registered with another context");
    }
    return buffer.memory().addressOf(position, length);
  }
}
