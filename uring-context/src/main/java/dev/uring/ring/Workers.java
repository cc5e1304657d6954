package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import java.nio.ByteBuffer;

/**
 * The kernel's worker threads, which run what would block the submitter.
 *
 * <p>They belong to the submitting thread, not to the ring: these calls are about those of the
 * calling thread (with a polling kernel thread, about that one's). <i>Bounded</i> workers do what
 * ends in a foreseeable time, such as reading a file on a disk; <i>unbounded</i> ones what may take
 * for ever, such as reading from a socket. Source: {@code io_uring_register(2)}.
 */
public final class Workers {
  private static final int MOST_PROCESSORS = 8192;

  private final RegisterCaller ring;

  Workers(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * How many workers there may be.
   *
   * @param bounded of the kind whose work ends in a foreseeable time
   * @param unbounded of the kind whose work may take for ever
   */
  public record Limits(int bounded, int unbounded) {}

  /**
   * Binds workers that start from now on to these processors. 5.14.
   *
   * @param processors their numbers, 0 to 8,191
   * @throws UringException EINVAL if none of them may be used
   */
  public void affinity(int... processors) {
    int highest = 0;
    for (int processor : processors) {
      if (processor < 0 || processor >= MOST_PROCESSORS) {
        throw new IllegalArgumentException(
            "a processor is from 0 to " + (MOST_PROCESSORS - 1) + ", not " + processor);
      }
      highest = Math.max(highest, processor);
    }
    ByteBuffer mask = RegisterCaller.direct((highest / Long.SIZE + 1) * Long.BYTES);
    for (int processor : processors) {
      int at = processor / Long.SIZE * Long.BYTES;
      mask.putLong(at, mask.getLong(at) | 1L << processor % Long.SIZE);
    }
    ring.call(RegisterCall.REGISTER_IOWQ_AFF, mask, mask.capacity());
  }

  /** Takes the binding away, for workers that start from now on. 5.14. */
  public void resetAffinity() {
    ring.call(RegisterCall.UNREGISTER_IOWQ_AFF);
  }

  /**
   * Sets how many workers there may be a node of memory. 5.15.
   *
   * @param limits the new ones; zero leaves a kind as it is
   * @return the former ones
   */
  public Limits limit(Limits limits) {
    if (limits.bounded() < 0 || limits.unbounded() < 0) {
      throw new IllegalArgumentException("a limit is zero or more: " + limits);
    }
    ByteBuffer counts = RegisterCaller.ints(limits.bounded(), limits.unbounded());
    ring.call(RegisterCall.REGISTER_IOWQ_MAX_WORKERS, counts, 2);
    return new Limits(counts.getInt(0), counts.getInt(Integer.BYTES));
  }

  /** How many workers there may be now. 5.15. */
  public Limits limits() {
    return limit(new Limits(0, 0));
  }
}
