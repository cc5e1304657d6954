package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.Timespec;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancelling by each key, with each answer. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelRulesTest {
  private static final int POLLIN = 1;
  private static final long HOUR = 3_600_000_000_000L;
  private static final long CANCEL = 100;

  /** {@code ERESTARTSYS}, the kernel's own, which a splice lets out on 6.18. */
  private static final int RESTART = 512;

  private static final int PRIVATE_FUTEX_OF_32_BITS = 0x82;

  private final ByteBuffer memory = Native.bytes(8);

  @Parameter RingKind kind;

  private static void poll(Ring ring, int fd, long userData) {
    PollRequests.pollAdd(Queues.next(ring), fd, POLLIN, 0).userData(userData);
  }

  private void read(Ring ring, int fd, long userData) {
    FileRequests.read(Queues.next(ring), fd, NativeAddress.of(memory), 1, -1).userData(userData);
  }

  /** What a cancel answers, and which requests it ended. */
  private static void assertCancels(Ring ring, CancelMatch match, int answer, long... ended) {
    PollRequests.cancel(Queues.next(ring), match).userData(CANCEL);
    List<String> expected = new ArrayList<>();
    expected.add(CANCEL + ":" + answer);
    for (long userData : ended) {
      expected.add(userData + ":" + -Errno.ECANCELED);
    }
    assertThat(Queues.take(ring, expected.size())).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void user_data_names_the_request_among_those_on_the_same_file() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      for (long userData : new long[] {1, 2, 3, -1, Long.MIN_VALUE}) {
        read(ring, pipe.readEnd, userData);
      }
      assertCancels(ring, CancelMatch.userData(2), 0, 2);
      assertCancels(ring, CancelMatch.userData(2), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.userData(-1), 0, -1);
      assertCancels(ring, CancelMatch.userData(Long.MIN_VALUE), 0, Long.MIN_VALUE);
      pipe.write("ab");
      assertThat(Queues.take(ring, 2)).containsExactlyInAnyOrder("1:1", "3:1");
      assertCancels(ring, CancelMatch.userData(1), -Errno.ENOENT);
    }
  }

  @Test
  void one_of_several_with_the_same_user_data_is_ended_or_all_and_counted() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      for (int request = 0; request < 4; request++) {
        poll(ring, pipe.readEnd, 7);
      }
      poll(ring, pipe.readEnd, 8);
      assertCancels(ring, CancelMatch.userData(7), 0, 7);
      assertCancels(ring, CancelMatch.userData(7).all(), 3, 7, 7, 7);
      assertCancels(ring, CancelMatch.userData(7).all(), 0);
      pipe.write("x");
      assertThat(Queues.take(ring, 1)).containsExactly("8:" + POLLIN);
    }
  }

  @Test
  void a_descriptor_names_the_requests_on_its_file_by_whatever_number() {
    try (Ring ring = kind.open();
        Pipe one = new Pipe();
        Pipe two = new Pipe()) {
      ring.registrar().files().register(-1, one.readEnd);
      poll(ring, one.readEnd, 1);
      poll(ring, two.readEnd, 2);
      read(ring, one.readEnd, 3);
      PollRequests.pollAdd(Queues.next(ring), -1, POLLIN, 0).on(new FileSlot(1)).userData(4);
      assertCancels(ring, CancelMatch.descriptor(one.writeEnd), -Errno.ENOENT);
      // Requests by slot are on the same file: what counts is the file, not how it was named.
      assertCancels(ring, CancelMatch.descriptor(one.readEnd).all(), 3, 1, 3, 4);
      assertCancels(ring, CancelMatch.descriptor(one.readEnd), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.descriptor(two.readEnd), 0, 2);
      assertCancels(ring, CancelMatch.descriptor(1_000_000), -Errno.EBADF);
    }
  }

  @Test
  void a_slot_names_the_requests_on_its_file_and_the_same_number_as_descriptor_does_not() {
    try (Ring ring = kind.open();
        Pipe one = new Pipe();
        Pipe two = new Pipe()) {
      ring.registrar().files().register(-1, one.readEnd, two.readEnd);
      FileSlot first = new FileSlot(1);
      FileSlot second = new FileSlot(2);
      for (long userData : new long[] {1, 2}) {
        PollRequests.pollAdd(Queues.next(ring), -1, POLLIN, 0).on(first).userData(userData);
      }
      PollRequests.pollAdd(Queues.next(ring), -1, POLLIN, 0).on(second).userData(3);
      assertCancels(ring, CancelMatch.descriptor(2), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.slot(first).all(), 2, 1, 2);
      assertCancels(ring, CancelMatch.slot(first), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.slot(second), 0, 3);
      assertCancels(ring, CancelMatch.slot(new FileSlot(0)), -Errno.EBADF);
      assertCancels(ring, CancelMatch.slot(new FileSlot(3)), -Errno.EBADF);
      PollRequests.cancelMatching(
              Queues.next(ring), 2, PollRequests.CANCEL_FD | PollRequests.CANCEL_FD_FIXED)
          .userData(CANCEL);
      assertThat(Queues.take(ring, 1)).containsExactly(CANCEL + ":" + -Errno.ENOENT);
    }
  }

  @Test
  void anything_is_every_request_of_every_kind_and_they_are_counted() {
    Timespec never = Timespec.ofNanoseconds(HOUR);
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      assertCancels(ring, CancelMatch.anything(), 0);
      poll(ring, pipe.readEnd, 1);
      poll(ring, pipe.readEnd, 6);
      assertCancels(ring, CancelMatch.anything(), 2, 1, 6);
      poll(ring, pipe.readEnd, 2);
      read(ring, pipe.readEnd, 3);
      TimeoutRequests.timeout(Queues.next(ring), never.address(), 0, 0).userData(4);
      ProcessRequests.futexWait(
              Queues.next(ring),
              NativeAddress.of(memory),
              0,
              ProcessRequests.ANY_BITS,
              PRIVATE_FUTEX_OF_32_BITS)
          .userData(5);
      PollRequests.cancel(Queues.next(ring), CancelMatch.anything()).userData(CANCEL);
      assertThat(Queues.take(ring, 5))
          .containsExactlyInAnyOrder(
              CANCEL + ":4",
              "2:" + -Errno.ECANCELED,
              "3:" + -Errno.ECANCELED,
              "4:" + -Errno.ECANCELED,
              "5:" + -Errno.ECANCELED);
    }
  }

  @Test
  void a_kind_of_request_is_a_key_alone_and_with_others() {
    try (Ring ring = kind.open();
        Pipe one = new Pipe();
        Pipe two = new Pipe()) {
      UringOperation polls = UringOperation.POLL_ADD;
      UringOperation reads = UringOperation.READ;
      poll(ring, one.readEnd, 1);
      poll(ring, two.readEnd, 1);
      read(ring, one.readEnd, 1);
      read(ring, two.readEnd, 2);
      assertCancels(ring, CancelMatch.operation(UringOperation.RECV), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.operation(UringOperation.RECV).all(), 0);
      CancelMatch onTwo = CancelMatch.descriptor(two.readEnd);
      assertCancels(ring, onTwo.andOperation(polls).all(), 1, 1);
      assertCancels(ring, onTwo.andUserData(1), -Errno.ENOENT);
      assertCancels(ring, onTwo.andUserData(2).andOperation(polls), -Errno.ENOENT);
      assertCancels(ring, onTwo.andUserData(2).andOperation(reads), 0, 2);
      assertCancels(ring, CancelMatch.userData(2).andOperation(reads), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.userData(1).andOperation(reads), 0, 1);
      assertCancels(ring, CancelMatch.operation(polls).andUserData(2).all(), 0);
      assertCancels(ring, CancelMatch.operation(polls), 0, 1);
    }
  }

  private static void assertInterrupts(Ring ring, CancelMatch match, int answer, long ended) {
    PollRequests.cancel(Queues.next(ring), match).userData(CANCEL);
    Map<Long, Integer> seen = new HashMap<>();
    while (seen.size() < 2) {
      Queues.Taken taken = Queues.one(ring);
      assertThat(seen.put(taken.userData(), taken.result())).as("%s twice", taken).isNull();
    }
    assertThat(seen).containsEntry(CANCEL, answer).containsKey(ended);
    assertThat(seen.get(ended)).isIn(-RESTART, -Errno.EINTR, -Errno.ECANCELED);
  }

  @Test
  void what_a_worker_runs_is_interrupted_and_said_to_be_running() {
    // A polling kernel thread does not find its own workers' requests again once it told them.
    int running = kind == RingKind.POLLED ? -Errno.ENOENT : -Errno.EALREADY;
    try (Ring ring = kind.open();
        Pipe empty = new Pipe();
        Pipe full = new Pipe();
        Pipe to = new Pipe()) {
      full.write("xy");
      for (long userData : new long[] {1, 2}) {
        TransferRequests.splice(
                Queues.next(ring),
                empty.readEnd,
                TransferRequests.NO_OFFSET,
                to.writeEnd,
                TransferRequests.NO_OFFSET,
                1)
            .userData(userData);
      }
      // Workers take what is alike in its order: when this one is done, those are being run.
      TransferRequests.splice(
              Queues.next(ring),
              full.readEnd,
              TransferRequests.NO_OFFSET,
              to.writeEnd,
              TransferRequests.NO_OFFSET,
              1)
          .flag(EntryFlag.ASYNC)
          .userData(3);
      assertThat(Queues.take(ring, 1)).containsExactly("3:1");

      assertInterrupts(ring, CancelMatch.userData(1), running, 1);
      // Counted are those that were found waiting, and this one was not.
      assertInterrupts(ring, CancelMatch.anything(), 0, 2);
      empty.write("z");
      assertThat(Native.read(empty.readEnd)).as("nobody took it").isEqualTo("z");
    }
  }

  @Test
  void what_is_already_complete_is_not_there() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      pipe.write("x");
      poll(ring, pipe.readEnd, 1);
      assertThat(Queues.take(ring, 1)).containsExactly("1:" + POLLIN);
      assertCancels(ring, CancelMatch.userData(1), -Errno.ENOENT);
      assertCancels(ring, CancelMatch.descriptor(pipe.readEnd).all(), 0);
    }
  }

  @Test
  void keys_that_exclude_each_other_are_refused() {
    CancelMatch anything = CancelMatch.anything();
    assertThatThrownBy(() -> anything.andUserData(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> anything.all().andOperation(UringOperation.NOP))
        .isInstanceOf(IllegalArgumentException.class);
    try (Ring ring = kind.open()) {
      int both = PollRequests.CANCEL_FD | PollRequests.CANCEL_ANY;
      assertThatThrownBy(() -> PollRequests.cancelMatching(Queues.next(ring), 0, both))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
