package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the two queues do at their edges: cut short, overflowing, and with counters that wrap. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingQueuesTest {
  private static final int POLLIN = 1;

  private static void nop(Ring ring, long userData) {
    RingRequests.nop(ring.submission().next()).userData(userData);
  }

  /** Takes all that is there, as "user data:result". */
  private static List<String> reap(Ring ring) {
    CompletionQueue queue = ring.completion();
    List<String> taken = new ArrayList<>();
    int head = queue.head();
    while (head != queue.tail()) {
      taken.add(queue.userData(head) + ":" + queue.result(head));
      queue.advance(++head);
    }
    return taken;
  }

  private static Ring restricted(boolean submitAll) {
    RingBuilder builder = Ring.builder(8).disabled();
    Ring ring = (submitAll ? builder.submitAll() : builder).build();
    ring.registrar()
        .restrict(URingAllowlist.builder().allow(UringOperation.NOP, UringOperation.READ).build());
    ring.registrar().enable();
    return ring;
  }

  private static void fillWithOneDenied(Ring ring) {
    nop(ring, 1);
    nop(ring, 2);
    FileRequests.fsync(ring.submission().next(), 0).userData(3);
    nop(ring, 4);
    nop(ring, 5);
  }

  @Test
  void a_denied_request_cuts_the_batch_short_and_the_rest_stays_for_the_next_submit() {
    try (Ring ring = restricted(false)) {
      fillWithOneDenied(ring);
      int taken = ring.submit();
      assertThat(taken).isLessThan(5);
      assertThat(ring.submission().pending()).isEqualTo(5 - taken);
      List<String> seen = new ArrayList<>(reap(ring));
      assertThat(seen).containsExactly("1:0", "2:0", "3:" + -Errno.EACCES);
      assertThat(ring.submit()).isEqualTo(5 - taken);
      assertThat(ring.submission().pending()).isZero();
      assertThat(reap(ring)).containsExactly("4:0", "5:0");
    }
  }

  @Test
  void a_ring_that_submits_all_goes_on_after_a_denied_request() {
    try (Ring ring = restricted(true)) {
      fillWithOneDenied(ring);
      assertThat(ring.submit()).isEqualTo(5);
      assertThat(reap(ring)).containsExactly("1:0", "2:0", "3:" + -Errno.EACCES, "4:0", "5:0");
    }
  }

  @Test
  void the_rest_of_a_batch_cut_short_leaves_room_only_for_what_it_does_not_take() {
    try (Ring ring = restricted(false)) {
      fillWithOneDenied(ring);
      int taken = ring.submit();
      assertThat(ring.submission().room()).isEqualTo(8 - (5 - taken));
    }
  }

  @Test
  void more_completions_than_the_queue_holds_all_come_in_the_end() {
    int requests = 100;
    try (Ring ring = Ring.builder(4).completionEntries(4).submitAll().build()) {
      for (int request = 0; request < requests; request++) {
        nop(ring, request);
        while (ring.submission().pending() > 0) {
          assertThat(ring.submit()).isPositive();
        }
      }
      assertThat(ring.completion().available()).isEqualTo(4);
      assertThat(ring.submission().needsEnter()).as("more are kept").isTrue();
      List<String> seen = new ArrayList<>();
      while (ring.completion().available() > 0 || ring.submission().needsEnter()) {
        assertThat(ring.flush()).isNotNegative();
        seen.addAll(reap(ring));
      }
      List<String> expected = new ArrayList<>();
      for (int request = 0; request < requests; request++) {
        expected.add(request + ":0");
      }
      assertThat(seen).containsExactlyElementsOf(expected);
      assertThat(ring.completion().overflow()).as("lost").isZero();
    }
  }

  /**
   * A ring of four entries, driven round some 75,000 times, and past 65,536 more than four times.
   *
   * <p>To 2³² it would take minutes. That the counters may pass it is arithmetic: an index is
   * masked wherever it names an entry, and the size of a queue is a power of two, which divides
   * 2³²; fill levels are differences in int arithmetic, right for any two counters at most 2³¹
   * apart, and they are at most 65,536 apart. {@link CounterWrapTest} sets counters that are about
   * to wrap.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void counters_go_far_beyond_the_size_of_the_queues(int batch) {
    int rounds = 300_000 / batch;
    try (Ring ring = Ring.builder(4).build()) {
      long next = 0;
      long expected = 0;
      for (int round = 0; round < rounds; round++) {
        for (int request = 0; request < batch; request++) {
          nop(ring, next++);
        }
        assertThat(ring.submit() == batch).isTrue();
        CompletionQueue queue = ring.completion();
        int head = queue.head();
        while (head != queue.tail()) {
          if (queue.userData(head) != expected++) {
            throw new AssertionError(queue.userData(head) + " instead of " + (expected - 1));
          }
          queue.advance(++head);
        }
      }
      assertThat(expected).isEqualTo(next);
      assertThat(Integer.toUnsignedLong(ring.completion().head())).isEqualTo(next);
      assertThat(ring.submission().dropped()).isZero();
    }
  }

  @Test
  void the_rings_descriptor_becomes_readable_with_a_completion_and_not_before() {
    Ring ring = Ring.builder(4).build();
    try (URingContext watcher = URingContext.create(4);
        Descriptor descriptor = Descriptor.borrow(ring.descriptor())) {
      watcher.addPollFd(descriptor, POLLIN, 1);
      watcher.submit();
      nop(ring, 5);
      watcher.addNop(2);
      List<Long> seen = new ArrayList<>();
      watcher.await(1, (userData, result, flags) -> seen.add(userData));
      assertThat(seen).as("filled, not submitted").containsExactly(2L);
      ring.submit();
      watcher.await(
          1,
          (userData, result, flags) -> {
            seen.add(userData);
            assertThat(result & POLLIN).isEqualTo(POLLIN);
          });
      assertThat(seen).containsExactly(2L, 1L);
      assertThat(reap(ring)).containsExactly("5:0");
    } finally {
      ring.close();
    }
  }
}
