package dev.uring.it.guest;

import static dev.uring.it.guest.Rules.mustBe;
import static dev.uring.it.guest.Rules.same;

import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.Target;
import dev.uring.URingContext;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Blocks of a file whose bytes follow from their number, written and read many at a time. */
final class Blocks {
  static final int BYTES = 4096;

  private final int first;
  private final int count;
  private final NativeMemory memory;

  /** So many blocks from this one on. */
  Blocks(int first, int count) {
    this.first = first;
    this.count = count;
    this.memory = NativeMemory.allocate(count * BYTES);
  }

  NativeMemory memory() {
    return memory;
  }

  int count() {
    return count;
  }

  long offset(int index) {
    return (long) (first + index) * BYTES;
  }

  /** Makes the memory what the blocks shall be in this generation. */
  Blocks fill(int generation) {
    ByteBuffer buffer = memory.buffer();
    for (int position = 0; position < count * BYTES; position += Long.BYTES) {
      buffer.putLong(position, word(position, generation));
    }
    return this;
  }

  /** Makes the memory what no block is. */
  Blocks clear() {
    ByteBuffer buffer = memory.buffer();
    for (int position = 0; position < count * BYTES; position += Long.BYTES) {
      buffer.putLong(position, -1);
    }
    return this;
  }

  /** Fails unless the memory is what the blocks are in this generation. */
  void check(int generation) {
    ByteBuffer buffer = memory.buffer();
    for (int position = 0; position < count * BYTES; position += Long.BYTES) {
      if (buffer.getLong(position) != word(position, generation)) {
        throw new AssertionError("block " + (first + position / BYTES) + " has other content");
      }
    }
  }

  private long word(int position, int generation) {
    return ((long) first * BYTES + position) * 0x9E37_79B9_7F4A_7C15L + generation;
  }

  /** Writes all of them, each by a request of its own. */
  void write(URingContext context, Target target) {
    transfer(context, target, true);
  }

  /** Reads all of them, each by a request of its own. */
  void read(URingContext context, Target target) {
    transfer(context, target, false);
  }

  private void transfer(URingContext context, Target target, boolean writing) {
    int[] results = new int[count];
    Arrays.fill(results, Integer.MIN_VALUE);
    int added = 0;
    int taken = 0;
    while (taken < count) {
      for (; added < count && context.room() > 0; added++) {
        // Backwards, so that no order of the file's helps.
        int index = count - 1 - added;
        MemoryVector piece = new MemoryVector().add(memory, index * BYTES, BYTES);
        if (writing) {
          context.addWritev(target, piece, offset(index), index);
        } else {
          context.addReadv(target, piece, offset(index), index);
        }
      }
      taken +=
          context.await(
              1,
              (userData, result, flags) -> {
                mustBe(results[(int) userData] == Integer.MIN_VALUE, "one completion a request");
                results[(int) userData] = result;
              });
    }
    for (int index = 0; index < count; index++) {
      same("the result of block " + index, BYTES, results[index]);
    }
    same("what is in flight", 0, context.inFlight());
  }
}
