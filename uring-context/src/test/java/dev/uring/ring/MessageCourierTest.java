package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What kernels before 6.13 send messages with; newer ones can, too. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MessageCourierTest {
  private static final int THREADS = 4;
  private static final int EACH = 250;

  private static Ring ring(boolean deferred) {
    RingBuilder builder = Ring.builder(4);
    return deferred ? builder.deferTaskRun().build() : builder.build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_message_ends_the_wait_of_another_thread(boolean deferred) throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (Ring ring = ring(deferred)) {
      Future<Integer> sent =
          other.submit(() -> MessageCourier.send(ring.descriptor(), 0xcafeL, 42));
      assertThat(ring.submitAndWait(1)).isZero();
      assertThat(sent.get()).isZero();
      assertThat(Queues.reap(ring)).containsExactly(0xcafe + ":42");
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void who_cannot_have_it_is_told_by_number() {
    Ring closed = ring(false);
    int number = closed.descriptor();
    // Its own ring is there by then, or it would have the number next.
    assertThat(MessageCourier.send(number, 1, 1)).isZero();
    closed.close();
    assertThat(MessageCourier.send(number, 1, 1)).isEqualTo(-Errno.EBADF);
    try (Ring disabled = Ring.builder(4).disabled().build()) {
      assertThat(MessageCourier.send(disabled.descriptor(), 1, 1)).isEqualTo(-Errno.EBADFD);
      disabled.registrar().enable();
      assertThat(MessageCourier.send(disabled.descriptor(), 2, 2)).isZero();
      assertThat(Queues.reap(disabled)).containsExactly("2:2");
    }
  }

  @Test
  void messages_of_many_threads_arrive_each_once_also_where_there_is_no_room() throws Exception {
    ExecutorService others = Executors.newFixedThreadPool(THREADS);
    try (Ring ring = ring(false)) {
      List<Future<?>> senders = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int first = thread * EACH;
        senders.add(
            others.submit(
                () -> {
                  for (int message = first; message < first + EACH; message++) {
                    assertThat(MessageCourier.send(ring.descriptor(), message, message)).isZero();
                  }
                }));
      }
      for (Future<?> sender : senders) {
        Object unused = sender.get();
      }
      List<String> arrived = new ArrayList<>();
      while (arrived.size() < THREADS * EACH) {
        ring.flush();
        arrived.addAll(Queues.reap(ring));
      }
      List<String> expected = new ArrayList<>();
      for (int message = 0; message < THREADS * EACH; message++) {
        expected.add(message + ":" + message);
      }
      assertThat(arrived).containsExactlyInAnyOrderElementsOf(expected);
    } finally {
      others.shutdownNow();
    }
  }
}
