package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.RequestFilter;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Register calls that came after Linux 6.18: refused with a sentence where there are none. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LaterCallsTest {
  /** {@code BPF_RET | BPF_K}, which returns what is in the instruction. */
  private static final short RETURN = 6;

  private static ByteBuffer permitAll() {
    return Native.bytes(RequestFilter.INSTRUCTION_BYTES).putShort(0, RETURN).putInt(4, 1);
  }

  /** Refused for want of the call, and by a kernel that has it for want of what it is about. */
  private static void assertRefused(LaterNames.Later later, String since, ThrowingCallable call) {
    boolean known =
        KernelCapabilities.ask().all().stream()
            .anyMatch(it -> it.kernelName().equals(later.kernelName()) && it.offered());
    assertThatThrownBy(call)
        .hasMessageContaining(later.kernelName())
        .isInstanceOfSatisfying(
            UringException.class,
            refused -> {
              if (!known) {
                assertThat(refused.errno()).isEqualTo(Errno.EINVAL);
                assertThat(refused).hasMessageContaining("Linux " + since);
              }
            });
  }

  @Test
  void a_queue_that_is_not_there_is_neither_flushed_nor_exported() {
    try (Ring ring = Ring.builder(4).deferTaskRun().wideCompletions().build()) {
      ZeroCopyReceive queues = ring.registrar().zeroCopyReceive();
      assertRefused(LaterNames.ZERO_COPY_CONTROL, "6.19", () -> queues.flush(7));
      assertRefused(LaterNames.ZERO_COPY_CONTROL, "6.19", () -> queues.export(7));
    }
  }

  @Test
  void a_filter_is_refused_where_there_are_none() {
    RequestFilter filter = new RequestFilter(UringOperation.SOCKET.code(), permitAll(), 255);
    try (Ring ring = Ring.builder(4).build()) {
      assertRefused(LaterNames.REQUEST_FILTER, "7.0", () -> ring.registrar().filter(filter));
    }
  }

  @Test
  void no_call_of_a_closed_ring_reaches_the_kernel() {
    Ring ring = Ring.builder(4).build();
    ring.close();
    assertThatThrownBy(() -> ring.registrar().zeroCopyReceive().flush(0))
        .hasMessageContaining("EBADF")
        .hasMessageContaining("closed");
  }

  @Test
  void a_program_is_whole_instructions_in_memory_that_the_kernel_can_read() {
    int operation = UringOperation.SOCKET.code();
    for (ByteBuffer wrong :
        new ByteBuffer[] {
          ByteBuffer.allocate(8), Native.bytes(12), Native.bytes(0), Native.bytes(8 * 4097)
        }) {
      assertThatThrownBy(() -> new RequestFilter(operation, wrong, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new RequestFilter(operation, permitAll(), 256))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
