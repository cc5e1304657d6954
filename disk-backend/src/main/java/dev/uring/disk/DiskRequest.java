package dev.uring.disk;

import dev.uring.MemoryVector;
import org.jspecify.annotations.Nullable;

/**
 * One request to a disk: what to do, where, with which memory; and who wants to know the outcome.
 *
 * <p>Made once and used often: fill it with one of the {@code prepare…} methods, hand it to a
 * {@link DiskQueue}, and leave it alone until {@link #completed}. For one loop's thread.
 */
public abstract class DiskRequest {
  /** What can be asked of a disk. */
  public enum Operation {
    /** Fill the memory from the disk. */
    READ,
    /** Store the memory to the disk. */
    WRITE,
    /** Make all writes durable that completed before this was submitted. */
    FLUSH,
    /** The range's content is of no more use. It may be given back, or not. */
    DISCARD,
    /** The range reads as zeros. */
    WRITE_ZEROES,
    /** The range will be read soon. */
    CACHE
  }

  private final MemoryVector memory = new MemoryVector();
  private Operation operation = Operation.READ;
  private long offset;
  private long length;
  private boolean durable;
  private boolean keepAllocated;
  private boolean onlyIfFast;

  // The queue's own notes on a request that it works on.
  final MemoryVector rest = new MemoryVector();
  long progress;
  int stage;
  int place;
  @Nullable DiskRequest next;

  /** A request that asks for nothing yet. */
  protected DiskRequest() {}

  /** A read of as many bytes as {@link #memory} then holds. */
  public void prepareRead(long from) {
    prepare(Operation.READ, from, 0);
  }

  /** A write of as many bytes as {@link #memory} then holds. */
  public void prepareWrite(long to) {
    prepare(Operation.WRITE, to, 0);
  }

  /** A request on a range that carries no data. */
  public void prepare(Operation what, long from, long bytes) {
    operation = what;
    offset = from;
    length = bytes;
    durable = false;
    keepAllocated = false;
    onlyIfFast = false;
  }

  /** A change is durable before it completes (FUA). */
  public void setDurable(boolean wanted) {
    durable = wanted;
  }

  /** Zeroed blocks stay allocated. */
  public void setKeepAllocated(boolean wanted) {
    keepAllocated = wanted;
  }

  /** Zeroing fails with EOPNOTSUPP where it would be no quicker than writing. */
  public void setOnlyIfFast(boolean wanted) {
    onlyIfFast = wanted;
  }

  /** What to do. */
  public Operation operation() {
    return operation;
  }

  /** The first byte of the disk that is concerned. */
  public long offset() {
    return offset;
  }

  /** How many bytes of the disk are concerned. */
  public long length() {
    return operation == Operation.READ || operation == Operation.WRITE
        ? memory.byteCount()
        : length;
  }

  /** The memory to read into or to write from. It must be aligned if the disk asks for that. */
  public MemoryVector memory() {
    return memory;
  }

  /** Whether a change is to be durable before it completes. */
  public boolean isDurable() {
    return durable;
  }

  /** Whether zeroed blocks are to stay allocated. */
  public boolean isKeepAllocated() {
    return keepAllocated;
  }

  /** Whether zeroing is to fail rather than to write. */
  public boolean isOnlyIfFast() {
    return onlyIfFast;
  }

  /**
   * Whether anybody still wants the outcome. A request that goes on for long in many steps ends at
   * the next one when nobody does.
   */
  protected boolean isWanted() {
    return true;
  }

  /**
   * The request has ended, all of it or with an error. On the loop's thread; the request may be
   * used again from here on.
   *
   * @param error zero, or a positive errno
   */
  protected abstract void completed(int error);
}
