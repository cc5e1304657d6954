package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A cancel in a chain that had failed before it says so, and not that it found something. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelNeverRunTest {
  private static final long WAITS = 7;
  private static final long FAILS = 1;
  private static final long CANCEL = 2;

  static Stream<Consumer<URingContext>> cancels() {
    return Stream.of(
        context -> context.asyncCancel(WAITS, CANCEL),
        context -> context.cancels().all(WAITS, CANCEL),
        context -> context.cancels().everything(CANCEL));
  }

  @ParameterizedTest
  @MethodSource("cancels")
  void it_was_cancelled_itself(Consumer<URingContext> cancel) {
    try (URingContext context = URingContext.create(8);
        Descriptor readOnly = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      MemoryVector one = Contexts.vector(NativeMemory.allocate(1));
      context.timeouts().add(Duration.ofDays(1), WAITS);
      context
          .chains()
          .linked(
              2,
              () -> {
                context.addWritev(readOnly, one, 0, FAILS);
                cancel.accept(context);
              });
      assertThat(Contexts.take(context, 2))
          .containsExactly(FAILS + ":" + -Errno.EBADF, CANCEL + ":" + -Errno.ECANCELED);
      assertThat(context.inFlight()).as("what waits does so still").isOne();
    }
  }
}
