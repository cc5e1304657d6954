package dev.uring.ring;

import dev.uring.ring.RingParameters.CompletionField;
import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * A completion queue in plain memory, laid out as the kernel lays out its own, and the kernel's
 * side of it: for races in which the kernel must be one of the racers.
 */
public final class SimulatedCompletions {
  private static final int CQ_OFFSETS = 80;
  private static final int PARAMETER_BYTES = 120;

  /** Head and tail lie on cache lines of their own, as in {@code struct io_rings}. */
  private static final int HEAD = 0;

  private static final int TAIL = 64;
  private static final int MASK = 128;
  private static final int ENTRY_COUNT = 132;
  private static final int OVERFLOW = 136;
  private static final int ENTRIES = 192;
  private static final int ENTRY_BYTES = 16;

  private static final RingParameters PARAMETERS = parameters();

  /** Millions of these are made: each takes a piece of a larger area. */
  private static final ThreadLocal<ByteBuffer> AREA =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(0));

  private static final int AREA_BYTES = 1 << 20;

  private final ByteBuffer memory;
  private final IntBuffer counters;
  private final int capacity;
  private final CompletionQueue queue;

  /**
   * An empty queue.
   *
   * @param capacity a power of two
   * @param firstIndex where head and tail begin; they wrap
   */
  public SimulatedCompletions(int capacity, int firstIndex) {
    this.capacity = capacity;
    memory = piece(ENTRIES + capacity * ENTRY_BYTES);
    counters = memory.asIntBuffer();
    memory.putInt(HEAD, firstIndex);
    memory.putInt(TAIL, firstIndex);
    memory.putInt(MASK, capacity - 1);
    memory.putInt(ENTRY_COUNT, capacity);
    queue = new CompletionQueue(PARAMETERS, memory, counters);
  }

  private static ByteBuffer piece(int bytes) {
    int rounded = (bytes + 63) & -64;
    ByteBuffer area = AREA.get();
    if (area.remaining() < rounded) {
      area = ByteBuffer.allocateDirect(AREA_BYTES + 64).alignedSlice(64);
      AREA.set(area);
    }
    ByteBuffer piece = area.slice(area.position(), rounded).order(ByteOrder.nativeOrder());
    area.position(area.position() + rounded);
    return piece;
  }

  private static RingParameters parameters() {
    RingParameters parameters = new RingParameters();
    ByteBuffer struct = RawMemory.view(parameters.address(), PARAMETER_BYTES);
    struct.putInt(CQ_OFFSETS + CompletionField.HEAD.offset(), HEAD);
    struct.putInt(CQ_OFFSETS + CompletionField.TAIL.offset(), TAIL);
    struct.putInt(CQ_OFFSETS + CompletionField.RING_MASK.offset(), MASK);
    struct.putInt(CQ_OFFSETS + CompletionField.RING_ENTRIES.offset(), ENTRY_COUNT);
    struct.putInt(CQ_OFFSETS + CompletionField.OVERFLOW.offset(), OVERFLOW);
    struct.putInt(CQ_OFFSETS + CompletionField.CQES.offset(), ENTRIES);
    return parameters;
  }

  /** The side under test. */
  public CompletionQueue queue() {
    return queue;
  }

  /**
   * What the kernel does when a request completes: fills the next entry and releases the tail.
   *
   * @return false if the queue is full; the kernel would keep the completion for later
   */
  public boolean post(long userData, int result, int flags) {
    int tail = memory.getInt(TAIL);
    if (tail - MemoryOrder.acquire(counters, HEAD / Integer.BYTES) >= capacity) {
      return false;
    }
    int entry = ENTRIES + (tail & (capacity - 1)) * ENTRY_BYTES;
    memory.putLong(entry, userData);
    memory.putInt(entry + 8, result);
    memory.putInt(entry + 12, flags);
    MemoryOrder.release(counters, TAIL / Integer.BYTES, tail + 1);
    return true;
  }
}
