package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** How many rings are registered with the calling thread. */
public final class HeldIndices {
  /** struct io_uring_rsrc_update. */
  private static final int UPDATE_BYTES = 16;

  private HeldIndices() {}

  /** As many as cannot be had any more. */
  public static int count() {
    return RingDescriptors.MOST - takeAll(List::size);
  }

  /** Takes all that are left while an action runs. */
  public static void takeAllDuring(Runnable action) {
    int unused =
        takeAll(
            taken -> {
              action.run();
              return taken.size();
            });
  }

  /** By the call itself: the method for it would give back first what is to be counted. */
  private static int tryRegister(Ring ring, ByteBuffer update) {
    update.putInt(0, -1).putInt(4, 0).putLong(8, ring.descriptor());
    return ring.registrar().raw(RegisterCall.REGISTER_RING_FDS, update, 1);
  }

  private static int takeAll(ToIntFunction<List<Integer>> then) {
    try (Ring ring = Ring.builder(1).build()) {
      List<Integer> taken = new ArrayList<>();
      ByteBuffer update = Native.bytes(UPDATE_BYTES);
      while (tryRegister(ring, update) == 1) {
        taken.add(update.getInt(0));
      }
      int result = then.applyAsInt(taken);
      taken.forEach(ring.registrar().descriptors()::unregister);
      return result;
    }
  }
}
