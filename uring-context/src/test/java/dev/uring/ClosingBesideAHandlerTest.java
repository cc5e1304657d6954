package dev.uring;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.CompletionQueue;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A handler may take long, and who closes the context meanwhile waits for it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosingBesideAHandlerTest {
  /** More waits than one message can need. */
  private static final int WAITS = 20;

  @Test
  void what_is_sent_to_those_inside_does_not_pile_up() throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    URingContext context = Contexts.of(4, false);
    CompletionQueue queue = Contexts.ringOf(context).completion();
    context.addNop(1);
    WaitingThread handler = WaitingThread.start(() -> handle(context, handling, goOn));
    handling.await();
    WaitingThread closer = WaitingThread.start(() -> closed(context));
    untilItHasWaited(closer.thread());

    assertThat(queue.tail() - queue.head()).as("messages that nobody took").isLessThan(2);

    goOn.countDown();
    assertThatThrownBy(handler::result).isInstanceOf(IllegalStateException.class);
    assertThat((String) closer.result()).contains(", CLOSED");
  }

  @Test
  void who_closes_what_another_closes_already_waits_for_it_too() throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    URingContext context = Contexts.of(4, false);
    context.addNop(1);
    WaitingThread handler = WaitingThread.start(() -> handle(context, handling, goOn));
    handling.await();
    WaitingThread first = WaitingThread.start(() -> closed(context));
    untilItHasWaited(first.thread());
    WaitingThread second = WaitingThread.start(() -> closed(context));
    untilItHasWaited(second.thread());

    goOn.countDown();
    assertThatThrownBy(handler::result).isInstanceOf(IllegalStateException.class);
    assertThat((String) first.result()).contains(", CLOSED");
    assertThat((String) second.result()).contains(", CLOSED");
  }

  @Test
  void a_handler_that_closes_what_another_closes_already_is_not_waited_for_by_itself()
      throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    URingContext context = Contexts.of(4, false);
    context.addNop(1);
    WaitingThread handler =
        WaitingThread.start(
            () ->
                context.await(
                    2,
                    (userData, result, flags) -> {
                      handling.countDown();
                      awaitUninterruptibly(goOn);
                      context.close();
                      context.close();
                    }));
    handling.await();
    WaitingThread closer = WaitingThread.start(() -> closed(context));
    untilItHasWaited(closer.thread());

    goOn.countDown();
    assertThatThrownBy(handler::result).isInstanceOf(IllegalStateException.class);
    assertThat((String) closer.result()).contains(", CLOSED");
  }

  /** What the context is like when its close has returned. */
  private static String closed(URingContext context) {
    context.close();
    return context.toString();
  }

  private static int handle(URingContext context, CountDownLatch handling, CountDownLatch goOn) {
    return context.await(
        2,
        (userData, result, flags) -> {
          handling.countDown();
          awaitUninterruptibly(goOn);
        });
  }

  private static void untilItHasWaited(Thread thread) {
    while (waits(thread) < WAITS) {
      Thread.onSpinWait();
    }
  }

  private static long waits(Thread thread) {
    ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
    assertThat(info).as("the thread waits, and has not ended").isNotNull();
    return info.getWaitedCount();
  }
}
