package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A completion put into a ring from outside, without a ring of one's own ({@code
 * IORING_REGISTER_SEND_MSG_RING}, 6.13); before that, from 5.18 on, by a ring that the process has
 * for it.
 *
 * <p>It needs no free submission entry, no free completion entry (it overflows as any other does)
 * and no permission: a ring's restrictions bind what the ring does, not what is sent to it. So it
 * wakes a waiter when nothing else can. Immutable; any thread may send it, any number of times.
 */
public final class RingMessage {
  /** Whether this kernel was found to want a ring. */
  private static volatile boolean byCourier;

  private final int target;
  private final long userData;
  private final int result;
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
    this.target = target.descriptor();
    this.userData = userData;
    this.result = result;
    new SubmissionEntry(entry).prepare(UringOperation.MSG_RING, this.target, 0, result, userData);
  }

  /**
   * Sends it: zero, or minus an errno; EINVAL where the kernel is older than 5.18.
   *
   * <p>Before 6.13 an errno can also say why the process got no ring for it (EPERM, EMFILE …), and
   * zero that the message is under way: it arrives when the ring's owner comes by.
   */
  public int send() {
    if (!byCourier) {
      int sent = sendAlone();
      if (sent != -Errno.EINVAL) {
        return sent;
      }
      byCourier = true;
    }
    return MessageCourier.send(target, userData, result);
  }

  private int sendAlone() {
    try {
      return UringCalls.register(-1, RegisterCall.REGISTER_SEND_MSG_RING.code(), address, 1);
    } finally {
      Reference.reachabilityFence(entry);
    }
  }
}
