package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KernelProbeTest {
  private static final int EACCES = 13;
  private static final int ENOENT = 2;
  private static final int EBADF = 9;

  @Test
  void an_answer_counts_what_is_marked_as_supported_and_known_and_within_its_length() {
    ByteBuffer answer = ByteBuffer.allocate(16 + 5 * 8).order(ByteOrder.nativeOrder());
    answer.put(1, (byte) 4);
    put(answer, 0, UringOperation.NOP.code(), 1);
    put(answer, 1, UringOperation.READ.code(), 0);
    put(answer, 2, UringOperation.FSYNC.code(), 3);
    put(answer, 3, 250, 1);
    put(answer, 4, UringOperation.WRITE.code(), 1);

    assertThat(KernelProbe.read(answer).operations())
        .containsExactlyInAnyOrder(UringOperation.NOP, UringOperation.FSYNC);
  }

  private static void put(ByteBuffer answer, int index, int operation, int flags) {
    answer.put(16 + 8 * index, (byte) operation);
    answer.putShort(16 + 8 * index + 2, (short) flags);
  }

  @Test
  void a_request_that_the_kernel_offers_is_not_invalid_to_it() {
    try (Ring ring = Ring.builder(4).build()) {
      KernelProbe probe = KernelProbe.of(ring.registrar());

      assertThat(probe.has(UringOperation.NOP)).isTrue();
      assertThat(run(ring, UringOperation.NOP)).isZero();
      assertThat(probe.has(UringOperation.READ))
          .isEqualTo(run(ring, UringOperation.READ) == -EBADF);
    }
  }

  @Test
  void a_disabled_ring_can_ask_too_and_gets_the_same_answer() {
    try (Ring enabled = Ring.builder(4).build();
        Ring disabled = Ring.builder(4).disabled().build()) {
      assertThat(KernelProbe.of(disabled.registrar()).operations())
          .isEqualTo(KernelProbe.of(enabled.registrar()).operations())
          .hasSizeGreaterThan(20);
    }
  }

  @Test
  void a_flag_is_accepted_if_a_ring_can_be_made_with_it_and_what_it_presupposes() {
    assertThat(KernelProbe.accepts(SetupFlag.CQSIZE)).isTrue();
    assertThat(KernelProbe.accepts(SetupFlag.R_DISABLED)).isTrue();
    // Alone it is invalid: asked for with what it presupposes, or the answer is always no.
    assertThat(KernelProbe.accepts(SetupFlag.DEFER_TASKRUN))
        .isEqualTo(builds(Ring.builder(2).deferTaskRun()));
  }

  private static boolean builds(RingBuilder builder) {
    try (Ring ring = builder.build()) {
      return !ring.isClosed();
    } catch (UringException e) {
      return false;
    }
  }

  @Test
  void to_open_a_file_is_refused_on_a_ring_whose_allowlist_does_not_name_it() {
    ByteBuffer missing = ByteBuffer.allocateDirect(64);
    missing.put(0, "/nowhere/at all\0".getBytes(StandardCharsets.US_ASCII));
    try (Ring free = Ring.builder(4).build();
        Ring restricted = Ring.builder(4).disabled().build()) {
      restricted.registrar().restrict(URingAllowlist.closedBlockServer());
      restricted.registrar().enable();

      assertThat(open(free, missing, false)).isEqualTo(-ENOENT);
      assertThat(open(restricted, missing, false)).isEqualTo(-EACCES);
      assertThat(open(restricted, missing, true)).isEqualTo(-EACCES);
    }
  }

  private static int open(Ring ring, ByteBuffer path, boolean fixed) {
    SubmissionEntry entry = ring.submission().next();
    FileSystemRequests.open(entry, FileSystemRequests.WORKING_DIRECTORY, path, 0, 0);
    if (fixed) {
      entry.flag(EntryFlag.FIXED_FILE);
    }
    return result(ring);
  }

  private static int run(Ring ring, UringOperation operation) {
    ring.submission().next().prepare(operation, -1, 0, 0, 0);
    return result(ring);
  }

  private static int result(Ring ring) {
    assertThat(ring.submitAndWait(1)).isEqualTo(1);
    int head = ring.completion().head();
    int result = ring.completion().result(head);
    ring.completion().advance(head + 1);
    return result;
  }
}
