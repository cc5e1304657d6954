package dev.uring.ring;

import dev.uring.ring.RingParameters.SubmissionField;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The submission half of a ring: entries that this side fills and the kernel takes.
 *
 * <p>For one thread at a time. The counters of the kernel may be read from any.
 */
public final class SubmissionQueue {
  private static final int NEED_WAKEUP = 1;
  private static final int CQ_OVERFLOW = 1 << 1;
  private static final int TASKRUN = 1 << 2;

  /** From an entry's number to its first word. */
  private static final int SHIFT_OF_64 = 3;

  private final SubmissionEntry entry;
  private final int capacity;
  private final int mask;
  private final int entryShift;
  private final int headIndex;
  private final int tailIndex;
  private final int flagsIndex;
  private final int droppedIndex;
  private IntBuffer counters;

  /** Of 64 bits, so that it counts all entries that were ever had, too. */
  private long tail;

  private int publishedTail;
  private int knownHead;

  SubmissionQueue(RingParameters parameters, IntBuffer counters, ByteBuffer entries) {
    this.counters = counters;
    this.headIndex = index(parameters, SubmissionField.HEAD);
    this.tailIndex = index(parameters, SubmissionField.TAIL);
    this.flagsIndex = index(parameters, SubmissionField.FLAGS);
    this.droppedIndex = index(parameters, SubmissionField.DROPPED);
    this.capacity = counters.get(index(parameters, SubmissionField.RING_ENTRIES));
    this.mask = counters.get(index(parameters, SubmissionField.RING_MASK));
    this.entry = new SubmissionEntry(entries);
    boolean wide = (parameters.flags() & SetupFlag.SQE128.mask()) != 0;
    this.entryShift = wide ? SHIFT_OF_64 + 1 : SHIFT_OF_64;
    this.knownHead = MemoryOrder.acquire(counters, headIndex);
    this.publishedTail = MemoryOrder.acquire(counters, tailIndex);
    this.tail = Integer.toUnsignedLong(publishedTail);
    if ((parameters.flags() & SetupFlag.NO_SQARRAY.mask()) == 0) {
      int array = index(parameters, SubmissionField.ARRAY);
      for (int index = 0; index < capacity; index++) {
        counters.put(array + index, index);
      }
    }
  }

  private static int index(RingParameters parameters, SubmissionField field) {
    return parameters.submissionOffset(field) / Integer.BYTES;
  }

  /** The number of entries that the queue holds. */
  public int capacity() {
    return capacity;
  }

  /**
   * The next free entry, or null when the queue is full. It does nothing until a request is written
   * into it; flags, user data and options are set after that.
   */
  public @Nullable SubmissionEntry next() {
    SubmissionEntry next = nextToFill();
    if (next != null) {
      next.clear();
    }
    return next;
  }

  /**
   * As {@link #next}, but of a request that does nothing only the operation is written: the rest is
   * what the entry carried when it was last used, until a request is written into it <em>and</em>
   * its user data. For callers that always do both, unless they fail in between.
   */
  public @Nullable SubmissionEntry nextToFill() {
    return nextToFill(0);
  }

  /**
   * As {@link #nextToFill()}, for a request that has entry flags from the start: to add them later
   * is to read what was just written, in a branch that compilers make a call of (6 ns of 11).
   *
   * @param entryFlags bits of {@link dev.uring.allowlist.EntryFlag}
   */
  public @Nullable SubmissionEntry nextToFill(int entryFlags) {
    int index = (int) tail;
    if (index - knownHead >= capacity) {
      knownHead = MemoryOrder.acquire(counters, headIndex);
      if (index - knownHead >= capacity) {
        return null;
      }
    }
    entry.moveTo((index & mask) << entryShift, entryFlags);
    if (entryShift != SHIFT_OF_64) {
      entry.clearSecondHalf();
    }
    tail++;
    return entry;
  }

  /** The entry that {@link #next} or {@link #nextToFill} gave last. */
  public SubmissionEntry current() {
    return entry;
  }

  /** One past the index of the newest entry: a counter that wraps. */
  public int tail() {
    return (int) tail;
  }

  /** How many entries were had so far and not taken back, from any number on. */
  public long filled() {
    return tail;
  }

  /**
   * Takes back the newest entries, which were not shown to the kernel yet.
   *
   * @param count no more than were had since the last submit or publish
   */
  public void takeBack(int count) {
    int ours = tail() - publishedTail;
    if (count < 0 || count > ours) {
      throw new IllegalArgumentException(
          count + " entries cannot be taken back; " + ours + " are ours still");
    }
    tail -= count;
  }

  /**
   * The user data of an entry that was had and not shown to the kernel yet.
   *
   * @param back how far it is behind the newest: 0 is the newest itself
   * @throws IllegalArgumentException if so many were not had since the last submit or publish
   */
  public long unpublishedUserData(int back) {
    int ours = tail() - publishedTail;
    if (back < 0 || back >= ours) {
      throw new IllegalArgumentException(
          "entry " + back + " before the newest is not among the " + ours + " that are ours still");
    }
    return entry.userDataAt((tail() - 1 - back & mask) << entryShift);
  }

  /** How many entries can be had before the queue is full. */
  public int room() {
    knownHead = MemoryOrder.acquire(counters, headIndex);
    return capacity - (tail() - knownHead);
  }

  /** Whether so many can be had now; the kernel's count is asked if the last known says no. */
  public boolean hasRoom(int entries) {
    return capacity - (tail() - knownHead) >= entries || room() >= entries;
  }

  /** Entries that the kernel has not taken yet, by the kernel's own count. */
  public int pending() {
    knownHead = MemoryOrder.acquire(counters, headIndex);
    return tail() - knownHead;
  }

  /**
   * Entries that were shown to the kernel and that it has not taken yet; -1 if some were had that
   * are not shown. Any thread: what it has had itself, and has seen published, it knows of.
   */
  public int published() {
    // The tail that the kernel sees: what the thread that publishes notes of it is seen earlier.
    int published = MemoryOrder.acquire(counters, tailIndex);
    if (tail() != published) {
      return -1;
    }
    // Of what others publish and the kernel takes meanwhile, only the latter may be seen.
    return Math.max(published - MemoryOrder.acquire(counters, headIndex), 0);
  }

  /** Shows the kernel what was filled; the number of entries for it to take. */
  public int publish() {
    int unused = show();
    return pending();
  }

  /** Shows the kernel what was filled; how many of these entries it had not been shown before. */
  public int show() {
    int index = tail();
    int shown = index - publishedTail;
    if (shown != 0) {
      publishedTail = index;
      MemoryOrder.release(counters, tailIndex, index);
    }
    return shown;
  }

  /** Whether the polling kernel thread sleeps; to be asked after {@link #publish}. */
  boolean needsWakeup() {
    MemoryOrder.fullFence();
    return (MemoryOrder.acquire(counters, flagsIndex) & NEED_WAKEUP) != 0;
  }

  /** Whether the kernel holds completions that it brings forth only when entered. */
  public boolean needsEnter() {
    return (MemoryOrder.acquire(counters, flagsIndex) & (CQ_OVERFLOW | TASKRUN)) != 0;
  }

  /**
   * Whether completions that found no room wait in the kernel ({@code IORING_SQ_CQ_OVERFLOW}):
   * entering with {@link EnterFlag#GETEVENTS} brings forth as many as there is room for. 5.8.
   */
  public boolean hasOverflow() {
    return (MemoryOrder.acquire(counters, flagsIndex) & CQ_OVERFLOW) != 0;
  }

  /**
   * Entries that the kernel threw away because their index was invalid: zero in a sound program.
   */
  public int dropped() {
    return MemoryOrder.acquire(counters, droppedIndex);
  }

  void detach(ByteBuffer nothing) {
    counters = nothing.asIntBuffer();
    entry.detach(nothing);
  }
}
