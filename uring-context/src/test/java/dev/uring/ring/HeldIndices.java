package dev.uring.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** How many rings are registered with the calling thread. */
public final class HeldIndices {
  private static final int MOST = 16;

  private HeldIndices() {}

  /** As many as cannot be had any more. */
  public static int count() {
    return MOST - takeAll(List::size);
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

  private static int takeAll(ToIntFunction<List<Integer>> then) {
    try (Ring ring = Ring.builder(1).build()) {
      RingDescriptors descriptors = ring.registrar().descriptors();
      List<Integer> taken = new ArrayList<>();
      for (int index = descriptors.tryRegister(); index >= 0; index = descriptors.tryRegister()) {
        taken.add(index);
      }
      int result = then.applyAsInt(taken);
      taken.forEach(descriptors::unregister);
      return result;
    }
  }
}
