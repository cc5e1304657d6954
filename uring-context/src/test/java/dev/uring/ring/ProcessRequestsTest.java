package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.FutexWaiters;
import dev.uring.ring.struct.SignalInfo;
import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Waiting for processes and for words of memory. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcessRequestsTest {
  private static final int FLAGS = FutexWaiters.SIZE_U32 | FutexWaiters.PRIVATE;
  private static final int SIGSTOP = 19;
  private static final int CLD_STOPPED = 5;
  private static final int ECHILD = 10;

  @Parameter RingKind kind;

  @Test
  @Shows(UringOperation.WAITID)
  void the_stop_of_the_child_that_was_named_is_told() throws IOException {
    Process child = new ProcessBuilder("cat").start();
    int pid = Math.toIntExact(child.pid());
    SignalInfo info = new SignalInfo();
    int stopped = ProcessRequests.STOPPED;
    try (Ring ring = kind.open(UringOperation.WAITID)) {
      ProcessRequests.waitFor(Queues.next(ring), ProcessRequests.CHILD, pid, stopped, info);
      assertThat(ring.submit()).isEqualTo(1);
      assertThat(Native.C.tgkill(pid, pid, SIGSTOP)).isZero();
      assertThat(Queues.result(ring)).isZero();
      assertThat(info.process()).isEqualTo(pid);
      assertThat(info.code()).isEqualTo(CLD_STOPPED);
      assertThat(info.status()).isEqualTo(SIGSTOP);
      ProcessRequests.waitFor(Queues.next(ring), ProcessRequests.CHILD, 1, stopped, info);
      assertThat(Queues.result(ring)).as("not a child of this process").isEqualTo(-ECHILD);
      SubmissionEntry entry = Queues.next(ring);
      assertThatThrownBy(
              () -> ProcessRequests.waitFor(entry, 4, pid, ProcessRequests.STOPPED, info))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ProcessRequests.waitFor(entry, 1, pid, 0, info))
          .isInstanceOf(IllegalArgumentException.class);
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  @Shows({UringOperation.FUTEX_WAIT, UringOperation.FUTEX_WAKE})
  void a_waiter_wakes_if_the_word_and_the_mask_are_its_own() {
    ByteBuffer words = Native.bytes(8).putInt(0, 5).putInt(4, -2);
    long second = NativeAddress.of(words) + 4;
    try (Ring ring = kind.open(UringOperation.FUTEX_WAIT, UringOperation.FUTEX_WAKE)) {
      ProcessRequests.futexWait(Queues.next(ring), second, 7, ProcessRequests.ANY_BITS, FLAGS);
      assertThat(Queues.result(ring)).as("it holds -2").isEqualTo(-Errno.EAGAIN);
      ProcessRequests.futexWait(Queues.next(ring), second, -2, 0b0110, FLAGS).userData(1);
      ProcessRequests.futexWait(Queues.next(ring), second, -2, 0b1000, FLAGS).userData(2);
      ProcessRequests.futexWait(Queues.next(ring), second, -2, 0b1000, FLAGS).userData(3);
      assertThat(ring.submit()).isEqualTo(3);
      ProcessRequests.futexWake(Queues.next(ring), second - 4, 9, 0b1111, FLAGS).userData(4);
      assertThat(Queues.one(ring))
          .as("another word")
          .extracting("userData", "result")
          .containsExactly(4L, 0);
      ProcessRequests.futexWake(Queues.next(ring), second, 9, 0b0001, FLAGS).userData(5);
      assertThat(Queues.one(ring))
          .as("another mask")
          .extracting("userData", "result")
          .containsExactly(5L, 0);
      ProcessRequests.futexWake(Queues.next(ring), second, 9, 0b0010, FLAGS).userData(6);
      assertThat(two(ring)).containsExactlyInAnyOrder("6:1", "1:0");
      ProcessRequests.futexWake(Queues.next(ring), second, 1, 0b1000, FLAGS).userData(7);
      assertThat(two(ring)).containsExactlyInAnyOrder("7:1", "2:0");
      ProcessRequests.futexWake(Queues.next(ring), second, 1, 0b1000, FLAGS).userData(8);
      assertThat(two(ring)).containsExactlyInAnyOrder("8:1", "3:0");
    }
  }

  private static List<String> two(Ring ring) {
    Queues.Taken first = Queues.one(ring);
    Queues.Taken second = Queues.one(ring);
    return List.of(
        first.userData() + ":" + first.result(), second.userData() + ":" + second.result());
  }

  @Test
  @Shows(UringOperation.FUTEX_WAITV)
  void who_waits_for_several_is_told_which_one_was_woken() {
    ByteBuffer words = Native.bytes(12).putInt(0, 5).putInt(4, 6).putInt(8, 7);
    long address = NativeAddress.of(words);
    FutexWaiters waiters = new FutexWaiters(3);
    for (int index = 0; index < 3; index++) {
      waiters.set(index, address + 4L * index, 5 + index, FLAGS);
    }
    try (Ring ring = kind.open(UringOperation.FUTEX_WAITV)) {
      ProcessRequests.futexWaitAny(Queues.next(ring), waiters).userData(1);
      assertThat(ring.submit()).isEqualTo(1);
      ProcessRequests.futexWake(Queues.next(ring), address + 8, 1, ProcessRequests.ANY_BITS, FLAGS)
          .userData(2);
      assertThat(two(ring)).containsExactlyInAnyOrder("2:1", "1:2");
    }
  }

  @Test
  void a_mask_or_a_count_of_nothing_is_refused_before_the_kernel_sees_it() {
    try (Ring ring = kind.open()) {
      SubmissionEntry entry = Queues.next(ring);
      for (long mask : new long[] {0, -1, 1L << 32}) {
        assertThatThrownBy(() -> ProcessRequests.futexWait(entry, 4096, 0, mask, FLAGS))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> ProcessRequests.futexWake(entry, 4096, 0, 1, FLAGS))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
