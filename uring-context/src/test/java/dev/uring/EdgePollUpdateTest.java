package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.CompletionFlags;
import dev.uring.sys.Errno;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A poll that reports each time can be changed, and goes on reporting each time. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EdgePollUpdateTest {
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;

  private static Completion next(URingContext context) {
    try (Completions completions = context.await(1)) {
      return completions.next();
    }
  }

  private static void mustBeQuiet(URingContext context, long userData) {
    context.addNop(userData);
    assertThat(next(context)).isEqualTo(new Completion(userData, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_it_waits_for_changes_and_changes_back(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      context.addPollFd(event, POLLIN, PollMode.EDGE, 1);
      mustBeQuiet(context, 100);
      context.updatePollFd(1, POLLOUT, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:" + POLLOUT, "2:0");
      assertThat(context.inFlight()).as("it stays").isEqualTo(1);
      mustBeQuiet(context, 101);

      context.updatePollFd(1, POLLIN, 3);
      assertThat(next(context)).isEqualTo(new Completion(3, 0, 0));
      mustBeQuiet(context, 102);
      NativeMemory one = NativeMemory.allocate(8);
      one.buffer().putLong(0, 1);
      for (int round = 0; round < 3; round++) {
        context.addWritev(event, Contexts.vector(one), -1, 4);
        assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:" + POLLIN, "4:8");
        mustBeQuiet(context, 103);
      }
      assertThat(context.inFlight()).isEqualTo(1);
      context.removePollFd(1, 5);
      assertThat(Contexts.take(context, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, "5:0");
      context.updatePollFd(1, POLLIN, 6);
      assertThat(Contexts.take(context, 1)).containsExactly("6:" + -Errno.ENOENT);
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void each_report_after_the_change_says_that_more_come(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      // Of the end that is read nothing can be written: it waits for what never comes.
      context.addPollFd(pipe.readEnd(), POLLOUT, PollMode.EDGE, 1);
      pipe.write((byte) 1);
      mustBeQuiet(context, 100);
      context.updatePollFd(1, POLLIN, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:" + POLLIN, "2:0");
      for (int round = 0; round < 3; round++) {
        mustBeQuiet(context, 101);
        pipe.write((byte) 2);
        assertThat(next(context)).isEqualTo(new Completion(1, POLLIN, CompletionFlags.MORE));
      }
    }
  }
}
