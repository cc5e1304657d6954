package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop that is told by the context's descriptor when to poll, and submits what it adds. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolledOnlyTest {
  private static final int POLLIN = 1;

  private final List<String> seen = new ArrayList<>();

  private void poll(URingContext context, URingContext loop, Descriptor ready, int count) {
    while (seen.size() < count) {
      loop.addPollFd(ready, POLLIN, 7);
      assertThat(loop.await(1, Contexts.IGNORE)).isOne();
      context.poll((userData, result, flags) -> seen.add(userData + ":" + result));
    }
  }

  @Test
  void a_cancel_goes_on_to_the_next_of_the_same_user_data() {
    try (URingContext context = URingContext.create(8);
        URingContext loop = URingContext.create(8);
        Descriptor ready = Descriptor.ofCompletions(context);
        Descriptor event = Descriptor.eventFd(0)) {
      context.addNop(1);
      Contexts.addRead(context, event, NativeMemory.allocate(8), 1);
      context.submit();
      // The first that has this user data has completed, and cannot be cancelled.
      context.asyncCancel(1, 2);
      context.submit();
      poll(context, loop, ready, 3);
      assertThat(seen).containsExactlyInAnyOrder("1:0", "2:0", "1:" + -Errno.ECANCELED);
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void a_poll_that_reports_while_something_is_true_goes_on() {
    try (URingContext context = URingContext.create(8);
        URingContext loop = URingContext.create(8);
        Descriptor ready = Descriptor.ofCompletions(context);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, 1);
      context.submit();
      poll(context, loop, ready, 5);
      assertThat(seen).containsOnly("1:1");
    }
  }
}
