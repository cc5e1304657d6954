package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.RingEntrance;
import java.lang.reflect.Field;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An await does not sleep on what the kernel has not taken, however it was told of it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShortSubmitTest {
  /** So long that it is up only if the request is never submitted. */
  private static final Duration LONG = Duration.ofSeconds(20);

  private static Field field(String name) throws NoSuchFieldException {
    Field field = RingEntrance.class.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  /** The first call of the calling thread goes to another ring, which has nothing to take. */
  private static void misleadOnce(URingContext context, URingContext other) throws Exception {
    Field number = field("fd");
    RingEntrance entrance = context.core().visitor().entrance();
    number.setInt(entrance, number.getInt(other.core().visitor().entrance()));
    // With the second call the ring is registered, and is named by its index from then on.
    field("untilRegistered").setInt(entrance, 2);
  }

  private static void addChain(URingContext context) {
    context
        .chains()
        .linked(
            2,
            () -> {
              context.addNop(1);
              context.addNop(2);
            });
  }

  @Test
  void what_was_not_taken_is_submitted_again() throws Exception {
    try (URingContext context = URingContext.create(8);
        URingContext other = URingContext.create(8)) {
      context.addNop(1);
      misleadOnce(context, other);
      assertThat(context.await(1, LONG, Contexts.IGNORE)).isOne();
    }
  }

  @Test
  void so_is_what_was_not_taken_where_several_submit_chains() throws Exception {
    try (URingContext context = URingContext.create(8);
        URingContext other = URingContext.create(8)) {
      addChain(context);
      assertThat(WaitingThread.start(context::submit).result()).isEqualTo(2);
      addChain(context);
      assertThat(context.submit()).isEqualTo(2);
      assertThat(Contexts.take(context, 4)).hasSize(4);

      context.addNop(3);
      misleadOnce(context, other);
      assertThat(context.await(1, LONG, Contexts.IGNORE)).isOne();
    }
  }
}
