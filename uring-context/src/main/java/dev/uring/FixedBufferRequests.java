package dev.uring;

import dev.uring.ring.BufferIndex;
import dev.uring.ring.FileRequests;

/**
 * Reads and writes in memory that is {@linkplain URingContext#registerBuffers registered} with the
 * context. Results are counts of bytes, which may be short. 5.1.
 *
 * <p>Each refuses a buffer of another context, to read into one that is read-only, and an offset
 * below -1 with {@link IllegalArgumentException}; a part outside the buffer with {@link
 * IndexOutOfBoundsException}, and one outside its memory in a list with {@link
 * IllegalArgumentException}; an empty place with {@link IllegalStateException}. The kernel holds
 * the memory, and the context the object, whether requests are in flight or not.
 */
public final class FixedBufferRequests {
  private final URingContext context;
  private final ContextCore core;
  private final SubmitRing submit;

  FixedBufferRequests(URingContext context, ContextCore core) {
    this.context = context;
    this.core = core;
    this.submit = core.submitRing();
  }

  /**
   * Registers memory as {@link URingContext#registerBuffers} does, once, and leaves places empty
   * that are filled later, by {@code context.fixedBuffers().register(8)}. 5.13.
   *
   * @param empty how many places follow those that are filled
   * @return one place for each piece of memory, then the empty ones
   * @throws IllegalStateException if it was done, or there is an allowlist and it is in force
   * @throws IllegalArgumentException if it is not 1 to 16,384 places in all, or a count is negative
   * @throws dev.uring.ring.UringException ENOMEM over the limit on locked memory, EFAULT for a
   *     piece of more than 1 GiB
   */
  public FixedBuffer[] register(int empty, NativeMemory... memory) {
    return core.tables().registerBuffers(empty, memory);
  }

  /**
   * Registers memory in a place that is empty, by {@code context.fixedBuffers().fill(place,
   * memory)}: once, for as long as the context is open. Where there is an allowlist it must permit
   * REGISTER_BUFFERS_UPDATE, or the context not be enabled yet. 5.13.
   *
   * @throws IllegalStateException if the place is filled already
   * @throws IllegalArgumentException if it is another context's
   * @throws dev.uring.ring.UringException EACCES where the allowlist does not permit it, and as in
   *     {@link #register}
   */
  public void fill(FixedBuffer place, NativeMemory memory) {
    core.tables().fill(place, memory);
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

  /**
   * Reads into parts of one buffer, in order, by {@code context.fixedBuffers().addReadv(file,
   * buffer, parts, 0, 1, RequestOptions.NONE)}. Of one part 5.1, of several 6.15.
   *
   * @param parts of the buffer's memory, or of slices of it
   * @param offset in the file, in bytes, or -1 for the file's own position
   */
  public void addReadv(
      Target target,
      FixedBuffer buffer,
      MemoryVector parts,
      long offset,
      long userData,
      RequestOptions options) {
    int count = Transfers.checkedCount(parts);
    int place = begin(target, count, offset, userData, options);
    try {
      InFlightRequest request = take(place, buffer, parts, count);
      request.checkWritable();
      if (count == 1) {
        FileRequests.readFixed(
                submit.entry(), submit.fd(), request.address(0), request.length(0), offset)
            .bufferIndex(buffer.index());
      } else {
        FileRequests.readvFixed(
            submit.entry(),
            submit.fd(),
            request.vectorAddress(),
            count,
            offset,
            new BufferIndex(buffer.index()));
      }
      submit.entry().readWriteFlags(options.readWriteFlags());
    } catch (RuntimeException | Error e) {
      submit.abandon(place);
      throw e;
    }
    submit.end(options);
  }

  /**
   * Writes from parts of one buffer, in order, by {@code context.fixedBuffers().addWritev(file,
   * buffer, parts, 0, 1, DURABLE)}. Of one part 5.1, of several 6.15.
   *
   * @param parts of the buffer's memory, or of slices of it
   * @param offset in the file, in bytes, or -1 for the file's own position
   */
  public void addWritev(
      Target target,
      FixedBuffer buffer,
      MemoryVector parts,
      long offset,
      long userData,
      RequestOptions options) {
    int count = Transfers.checkedCount(parts);
    int place = begin(target, count, offset, userData, options);
    try {
      InFlightRequest request = take(place, buffer, parts, count);
      if (count == 1) {
        FileRequests.writeFixed(
                submit.entry(), submit.fd(), request.address(0), request.length(0), offset)
            .bufferIndex(buffer.index());
      } else {
        FileRequests.writevFixed(
            submit.entry(),
            submit.fd(),
            request.vectorAddress(),
            count,
            offset,
            new BufferIndex(buffer.index()));
      }
      submit.entry().readWriteFlags(options.readWriteFlags());
    } catch (RuntimeException | Error e) {
      submit.abandon(place);
      throw e;
    }
    submit.end(options);
  }

  private int begin(Target target, int count, long offset, long userData, RequestOptions options) {
    Transfers.checkOffset(offset);
    submit.checkLinks(options);
    return submit.begin(target, count, userData);
  }

  /** Has a request hold parts of a buffer, which are checked as they were taken. */
  private InFlightRequest take(int place, FixedBuffer buffer, MemoryVector parts, int count) {
    NativeMemory memory = checked(buffer).memory();
    InFlightRequest request = submit.hold(place);
    long unused = request.vector(parts, count);
    request.checkWithin(memory);
    return request;
  }

  private long checkedAddress(FixedBuffer buffer, int position, int length, long offset) {
    Transfers.checkOffset(offset);
    return checked(buffer).memory().addressOf(position, length);
  }

  private FixedBuffer checked(FixedBuffer buffer) {
    if (buffer.context() != context) {
      throw new IllegalArgumentException(buffer + " is registered with another context");
    }
    return buffer;
  }
}
