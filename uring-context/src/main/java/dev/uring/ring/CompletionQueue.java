package dev.uring.ring;

import dev.uring.ring.RingParameters.CompletionField;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/**
 * The completion half of a ring: entries that the kernel fills and this side takes.
 *
 * <p>An entry is named by its index, a counter that wraps: {@link #head} is the oldest, {@link
 * #tail} one past the newest. A sole reaper reads entries and {@link #advance}s. Several reapers
 * copy a run of entries and then {@link #claim} it: what was copied counts only if that succeeds.
 *
 * <pre>
 *   struct io_uring_cqe:  0 user_data(8)   8 res(4)   12 flags(4)
 * </pre>
 */
public final class CompletionQueue {
  private static final int EXTRA = 2;
  private static final int EVENTFD_DISABLED = 1;

  private final int capacity;
  private final int mask;
  private final int wordShift;
  private final int headIndex;
  private final int tailIndex;
  private final int overflowIndex;
  private final int firstWord;
  private final int flagsIndex;
  private final boolean wide;
  private final boolean mixed;
  private ByteBuffer ring;
  private IntBuffer counters;
  private LongBuffer words;

  CompletionQueue(RingParameters parameters, ByteBuffer ring) {
    this(parameters, ring, ring.asIntBuffer());
  }

  /**
   * @param counters another view of the ring, and the one that the other queue has: one is cold
   *     less after each wait
   */
  CompletionQueue(RingParameters parameters, ByteBuffer ring, IntBuffer counters) {
    this.ring = ring;
    this.counters = counters;
    this.words = ring.asLongBuffer();
    this.headIndex = parameters.completionOffset(CompletionField.HEAD) / Integer.BYTES;
    this.tailIndex = parameters.completionOffset(CompletionField.TAIL) / Integer.BYTES;
    this.overflowIndex = parameters.completionOffset(CompletionField.OVERFLOW) / Integer.BYTES;
    this.firstWord = parameters.completionOffset(CompletionField.CQES) / Long.BYTES;
    this.capacity = ring.getInt(parameters.completionOffset(CompletionField.RING_ENTRIES));
    this.mask = ring.getInt(parameters.completionOffset(CompletionField.RING_MASK));
    this.flagsIndex = parameters.completionOffset(CompletionField.FLAGS) / Integer.BYTES;
    this.wide = (parameters.flags() & SetupFlag.CQE32.mask()) != 0;
    this.mixed = (parameters.flags() & SetupFlag.CQE_MIXED.mask()) != 0;
    this.wordShift = wide ? 2 : 1;
  }

  /** The number of entries that the queue holds. */
  public int capacity() {
    return capacity;
  }

  /** The index of the oldest entry that nobody has claimed. */
  public int head() {
    return MemoryOrder.acquire(counters, headIndex);
  }

  /** One past the index of the newest entry; entries below it may be read. */
  public int tail() {
    return MemoryOrder.acquire(counters, tailIndex);
  }

  /** How many entries wait. */
  public int available() {
    int head = head();
    return tail() - head;
  }

  /** The user data of the entry with this index. */
  public long userData(int index) {
    return words.get(word(index));
  }

  /**
   * Result and flags of the entry with this index as they lie in memory, for whoever copies them;
   * {@link #resultOf} and {@link #flagsOf} tell them apart.
   */
  public long outcome(int index) {
    return words.get(word(index) + 1);
  }

  /**
   * Copies entries: of each its user data and, behind it, its {@link #outcome}. Quicker than to ask
   * for them one by one: nothing else is at hand meanwhile, and an index is computed but once. Of a
   * queue of mixed completions it copies indices, the second ones of wide entries among them.
   *
   * @param index of the first
   * @param count of them, 0 to {@link #capacity}
   * @param to has room for two words an entry
   */
  public void copy(int index, int count, long[] to) {
    int copied = 0;
    while (copied < count) {
      int first = index + copied;
      int end = copied + Math.min(count - copied, capacity - (first & mask));
      if (wordShift == 1) {
        copyWords(word(first) - 2 * copied, 2 * copied, 2 * end, to);
      } else {
        for (int entry = copied; entry < end; entry++) {
          to[2 * entry] = userData(index + entry);
          to[2 * entry + 1] = outcome(index + entry);
        }
      }
      copied = end;
    }
  }

  private void copyWords(int offset, int from, int to, long[] into) {
    LongBuffer entries = words;
    for (int index = from; index < to; index++) {
      into[index] = entries.get(offset + index);
    }
  }

  /** Result and flags as an {@link #outcome}. */
  public static long outcomeOf(int result, int flags) {
    return Words.of(result, flags);
  }

  /** The result in an {@link #outcome}. */
  public static int resultOf(long outcome) {
    return Words.first(outcome);
  }

  /** The flags in an {@link #outcome}. */
  public static int flagsOf(long outcome) {
    return Words.second(outcome);
  }

  /** The result of the entry with this index: a count, or minus an errno. */
  public int result(int index) {
    return resultOf(outcome(index));
  }

  /** The flags of the entry with this index, a {@link CompletionFlags} value. */
  public int flags(int index) {
    return flagsOf(outcome(index));
  }

  /**
   * How many indices the entry with this index takes: two for one of 32 bytes on a ring of mixed
   * completions, else one. 6.18.
   */
  public int span(int index) {
    return mixed && (flags(index) & CompletionFlags.WIDE) != 0 ? 2 : 1;
  }

  /**
   * One of the two further words of an entry of 32 bytes; zero for one of 16 bytes. 5.19.
   *
   * @param word 0 or 1
   */
  public long extra(int index, int word) {
    if (word != 0 && word != 1) {
      throw new IllegalArgumentException("there are words 0 and 1, not " + word);
    }
    // The kernel never lets an entry of mixed size run over the queue's end.
    return wide || span(index) == 2 ? words.get(word(index) + EXTRA + word) : 0;
  }

  /**
   * Has completions not touch the ring's eventfd until {@link #enableNotifications}. Takes effect
   * without a call, and not on what the kernel is just doing. 5.8.
   *
   * @throws UnsupportedOperationException on an older kernel
   */
  public void disableNotifications() {
    putFlags(EVENTFD_DISABLED);
  }

  /** Has completions add to the ring's eventfd again; those of meanwhile do not. 5.8. */
  public void enableNotifications() {
    putFlags(0);
  }

  private void putFlags(int flags) {
    if (flagsIndex == 0) {
      throw new UnsupportedOperationException(
          "this kernel cannot silence an eventfd without unregistering it; Linux 5.8 can");
    }
    MemoryOrder.release(counters, flagsIndex, flags);
  }

  /** Gives all entries below {@code newHead} back to the kernel; for a sole reaper. */
  public void advance(int newHead) {
    MemoryOrder.release(counters, headIndex, newHead);
  }

  /**
   * Claims the entries from {@code expectedHead} on, as one of several reapers.
   *
   * @return false if another was first: then what was read of them is void
   */
  public boolean claim(int expectedHead, int count) {
    return MemoryOrder.claim(ring, headIndex * Integer.BYTES, expectedHead, expectedHead + count);
  }

  /**
   * Completions that were lost: they did not fit, and the kernel had no memory to keep them. Those
   * that it keeps (NODROP, 5.5) are not counted.
   */
  public int overflow() {
    return MemoryOrder.acquire(counters, overflowIndex);
  }

  private int word(int index) {
    return firstWord + ((index & mask) << wordShift);
  }

  void detach(ByteBuffer nothing) {
    ring = nothing;
    counters = nothing.asIntBuffer();
    words = nothing.asLongBuffer();
  }
}
