package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A cancel for which there is no memory keeps nobody from adding. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelWithoutMemoryTest {
  static Stream<Consumer<URingContext>> cancels() {
    return Stream.of(
        context -> context.asyncCancel(1, 2),
        context -> context.removePollFd(1, 2),
        context -> context.cancels().all(1, 2),
        context -> context.cancels().everything(2));
  }

  /** What a thread has of its own is made with its first cancel: here it cannot be. */
  private static void leaveNoMemory(URingContext context) throws ReflectiveOperationException {
    Field lock = SubmitRing.class.getDeclaredField("lock");
    lock.setAccessible(true);
    Field keepers = AdderLock.class.getDeclaredField("keepers");
    keepers.setAccessible(true);
    keepers.set(
        lock.get(context.core().submitRing()),
        ThreadLocal.withInitial(
            () -> {
              throw new OutOfMemoryError("as if");
            }));
  }

  @ParameterizedTest
  @MethodSource("cancels")
  void others_add_and_await_after_it(Consumer<URingContext> cancel) throws Exception {
    try (URingContext context = URingContext.create(8)) {
      leaveNoMemory(context);
      WaitingThread other =
          WaitingThread.start(
              () -> {
                assertThatThrownBy(() -> cancel.accept(context))
                    .isInstanceOf(OutOfMemoryError.class);
                return "refused";
              });
      assertThat(other.result()).isEqualTo("refused");
      assertThat(context.inFlight()).isZero();
      context.addNop(3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:0");
    }
  }
}
