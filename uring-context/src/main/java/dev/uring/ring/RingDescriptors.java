package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.ResourceUpdate;
import dev.uring.sys.Errno;

/**
 * Indices by which the calling thread may name this ring to {@code io_uring_enter(2)}, which saves
 * the look-up of a descriptor (some 40 ns).
 *
 * <p>An index is good <b>in the thread that registered it and in no other</b>, where the same
 * number may name another ring. A thread has 16 of them, and they live until it ends or gives them
 * back; the ring lives as long. Source: {@code io_uring_register(2)}, {@code
 * io_uring_register_ring_fd(3)}.
 */
public final class RingDescriptors {
  private static final int ANY = -1;

  /** How many a thread has. */
  static final int MOST = 16;

  /** What the kernel is told to give an index back; made now: that may not want for memory. */
  private static final ResourceUpdate[] GIVEN_BACK = givenBack();

  private final RegisterCaller ring;
  private final ThreadIndices indices;

  RingDescriptors(RegisterCaller ring) {
    this.ring = ring;
    this.indices = new ThreadIndices(this, ring);
  }

  private static ResourceUpdate[] givenBack() {
    ResourceUpdate[] updates = new ResourceUpdate[MOST];
    for (int index = 0; index < MOST; index++) {
      updates[index] = new ResourceUpdate(index, 0, 0, 0);
    }
    return updates;
  }

  /** Those that this library registers by itself. */
  ThreadIndices indices() {
    return indices;
  }

  /**
   * Registers the ring with the calling thread. 5.18.
   *
   * @return the index, 0 to 15
   * @throws UringException EBUSY if all are taken, EBADF of a ring without a descriptor, which has
   *     its index
   */
  public int register() {
    return checked(RegisterCall.REGISTER_RING_FDS, tryRegister(ANY));
  }

  /**
   * As {@link #register()}, at an index of the caller's choice.
   *
   * @throws UringException EBUSY if it is taken, EINVAL above 15
   */
  public void registerAt(int index) {
    int unused = checked(RegisterCall.REGISTER_RING_FDS, tryRegister(index));
  }

  /** Gives an index of the calling thread back. 5.18. */
  public void unregister(int index) {
    int unused = checked(RegisterCall.UNREGISTER_RING_FDS, indices.giveBack(index));
  }

  /** An index for this thread, or minus an errno. */
  int tryRegister() {
    return tryRegister(ANY);
  }

  private int tryRegister(int index) {
    if (ring.isIndex()) {
      return -Errno.EBADF;
    }
    indices.giveBackClosed();
    ResourceUpdate update = new ResourceUpdate(index, 0, ring.descriptor(), 0);
    int result = ring.attempt(RegisterCall.REGISTER_RING_FDS, update, 1);
    return result == 1 ? update.offset() : result < 0 ? result : -Errno.EINVAL;
  }

  /** One, or minus an errno. */
  int tryUnregister(int index) {
    boolean possible = index >= 0 && index < MOST;
    ResourceUpdate update = possible ? GIVEN_BACK[index] : new ResourceUpdate(index, 0, 0, 0);
    return ring.attempt(RegisterCall.UNREGISTER_RING_FDS, update, 1);
  }

  private static int checked(RegisterCall call, int result) {
    return RegisterCaller.check(call, result);
  }
}
