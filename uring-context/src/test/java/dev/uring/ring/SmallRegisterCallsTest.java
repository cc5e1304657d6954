package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.BusyPollSettings;
import dev.uring.ring.struct.MemoryRegion;
import dev.uring.ring.struct.ZeroCopyQueue;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Busy polling, zero-copy queues, messages, and calls on closed rings. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SmallRegisterCallsTest {

  @Test
  void busy_polling_tells_what_was_set_before() {
    try (Ring ring = Ring.builder(4).build()) {
      BusyPolling polling = ring.registrar().busyPolling();
      try (RegisterTrial trial = new RegisterTrial()) {
        assumeTrue(
            trial.knows(RegisterCall.REGISTER_NAPI),
            "skipped: the kernel was built without busy polling");
      }
      BusyPollSettings before = polling.set(150, true);
      assertThat(before.microseconds()).isZero();
      assertThat(before.isPreferred()).isFalse();
      BusyPollSettings first = polling.set(70, false);
      assertThat(first.microseconds()).isEqualTo(150);
      assertThat(first.isPreferred()).isTrue();
      BusyPollSettings second = polling.clear();
      assertThat(second.microseconds()).isEqualTo(70);
      assertThat(second.isPreferred()).isFalse();
      assertThat(polling.clear().microseconds()).isZero();
    }
  }

  @Test
  void a_zero_copy_queue_is_refused_with_a_sentence_where_there_is_no_device() {
    ByteBuffer area = Native.pages(4);
    ByteBuffer refill = Native.pages(1);
    MemoryRegion region = new MemoryRegion(NativeAddress.of(refill), refill.capacity(), 0);
    ZeroCopyQueue queue =
        new ZeroCopyQueue(Integer.MAX_VALUE, 0, 8)
            .area(NativeAddress.of(area), area.capacity())
            .refillRegion(region);
    try (Ring right = Ring.builder(4).deferTaskRun().wideCompletions().build();
        Ring wrong = Ring.builder(4).build()) {
      assertThatThrownBy(() -> right.registrar().zeroCopyReceive().register(queue))
          .isInstanceOfSatisfying(
              UringException.class,
              refused ->
                  assertThat(refused.errno())
                      .isIn(Errno.ENODEV, Errno.EPERM, Errno.EINVAL, Errno.EOPNOTSUPP))
          .hasMessageContaining("IORING_REGISTER_ZCRX_IFQ")
          .hasMessageContaining(": ");
      assertThatThrownBy(() -> wrong.registrar().zeroCopyReceive().register(queue))
          .isInstanceOf(UringException.class);
    }
  }

  @Test
  void a_message_arrives_without_a_ring_of_the_senders() throws InterruptedException {
    try (Ring ring = Ring.builder(4).deferTaskRun().build()) {
      RingMessage message = new RingMessage(ring, 0xcafeL, 42);
      Thread sender = new Thread(() -> assertThat(message.send()).isZero());
      sender.start();
      assertThat(ring.submitAndWait(1)).isZero();
      sender.join();
      assertThat(Queues.reap(ring)).containsExactly(0xcafe + ":42");
    }
  }

  @Test
  void no_call_of_a_closed_ring_reaches_the_kernel() {
    Ring ring = Ring.builder(4).build();
    ring.close();
    // The number may be another ring's by now.
    try (Ring other = Ring.builder(4).build()) {
      assertThatThrownBy(() -> ring.registrar().files().registerSparse(1))
          .hasMessageContaining("EBADF");
      assertThat(ring.registrar().cancelEverything(0)).isEqualTo(-Errno.EBADF);
      other.registrar().files().registerSparse(1);
    }
  }

  @Test
  void a_register_call_that_a_newer_kernel_may_have_is_refused_with_its_version() {
    UringException refused = null;
    try {
      RegisterCaller.check(RegisterCall.REGISTER_QUERY, -Errno.EINVAL);
    } catch (UringException e) {
      refused = e;
    }
    assertThat(refused).hasMessageContaining("Linux 6.18");
  }
}
