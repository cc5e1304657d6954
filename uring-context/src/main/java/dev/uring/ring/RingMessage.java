package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A completion put into a ring from outside, without a ring of one's own ({@code
 * IORING_REGISTER_SEND_MSG_RING}, 6.13).
 *
 * <p>It needs no free submission entry, no free completion entry (it overflows as any other does)
 * and no permission: a ring's restrictions bind what the ring does, not what is sent to it. So it
 * wakes a waiter when nothing else can. Immutable; any thread may send it, any number of times.
 */
public final class RingMessage {
  private final ByteBuffer entry =
      ByteBuffer.allocateDirect(SubmissionEntry.BYTES).order(ByteOrder.nativeOrder());
  private final long address = RawMemory.addressOf(entry);

  /**
   * A message to a ring.
   *
   * @param target the ring; it must be open whenever this is sent
   * @param userData what the completion carries
   * @param result the completion's result
   */
  public RingMessage(Ring target, long userData, int result) {
    new SubmissionEntry(entry)
        .prepare(UringOperation.MSG_RING, target.descriptor(), 0, result, userData);
  }

  /** Sends it: zero, or minus an errno (EINVAL where the kernel lacks the call). */
  public int send() {
    try {
      return UringCalls.register(-1, RegisterCall.REGISTER_SEND_MSG_RING.code(), address, 1);
    } finally {
      Reference.reachabilityFence(entry);
    }
  }
}
