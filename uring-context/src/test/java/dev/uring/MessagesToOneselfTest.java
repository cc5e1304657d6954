package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.Ring;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The owner of a confined context sends itself no messages: kernels from 6.2 to 6.9 let whoever
 * sends wait until the owner comes by.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MessagesToOneselfTest {
  private static final int EPOLLIN = 1;

  /** Whether something has come that the kernel leaves to the owner to bring forth. */
  private static boolean hasMessage(Ring ring) {
    return ring.submission().needsEnter() || ring.completion().available() > 0;
  }

  @Test
  void a_message_is_seen() throws Exception {
    try (URingContext context = Contexts.of(8, true)) {
      assertThat(hasMessage(Contexts.ringOf(context))).isFalse();
      context.wakeup();
      assertThat(hasMessage(Contexts.ringOf(context))).isTrue();
    }
  }

  @Test
  void a_handler_that_closes_sends_none() throws Exception {
    boolean[] sent = new boolean[1];
    URingContext context = Contexts.of(8, true);
    Ring ring = Contexts.ringOf(context);
    context.addNop(1);
    context.await(
        1,
        (userData, result, flags) -> {
          context.close();
          sent[0] = hasMessage(ring);
        });
    assertThat(sent).containsExactly(false);
    Contexts.mustBeClosed(context);
  }

  @Test
  void a_loop_is_told_of_what_is_to_be_made_again_by_none() throws Exception {
    try (URingContext context = Contexts.of(8, true);
        Descriptor event = Descriptor.eventFd(1);
        Descriptor ready = Descriptor.ofCompletions(context);
        URingContext loop = Contexts.of(8, true)) {
      context.addPollFd(event, EPOLLIN, PollMode.LEVEL, 1);
      for (int round = 0; round < 3; round++) {
        assertThat(context.await(1, Contexts.IGNORE)).isOne();
        assertThat(hasMessage(Contexts.ringOf(context))).isFalse();
        loop.addPollFd(ready, EPOLLIN, 2);
        assertThat(Contexts.take(loop, 1)).containsExactly("2:1");
      }
    }
  }

  @Test
  void an_iterator_that_is_left_sends_none() throws Exception {
    try (URingContext context = Contexts.of(8, true)) {
      context.addNop(1);
      context.addNop(2);
      try (Completions completions = context.await(2)) {
        assertThat(completions.next().userData()).isEqualTo(1);
      }
      assertThat(hasMessage(Contexts.ringOf(context))).isFalse();
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }
}
