package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.EpollEvents;
import dev.uring.ring.struct.Timespec;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Polls, timeouts and cancels, by what others see of them. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitingRequestsTest {
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;
  private static final int EPOLLIN = 1;
  private static final long HOUR = 3_600_000_000_000L;

  @Parameter RingKind kind;

  private static List<String> take(Ring ring, int count) {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      Queues.Taken one = Queues.one(ring);
      taken.add(one.userData() + ":" + one.result());
    }
    return taken;
  }

  @Test
  @Shows(UringOperation.POLL_ADD)
  void a_poll_ends_with_the_event_that_it_waits_for() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      PollRequests.pollAdd(Queues.next(ring), pipe.writeEnd, POLLOUT, 0);
      assertThat(Queues.result(ring)).isEqualTo(POLLOUT);
      PollRequests.pollAdd(Queues.next(ring), pipe.readEnd, POLLIN, PollRequests.ADD_MULTISHOT);
      assertThat(ring.submit()).isEqualTo(1);
      for (int turn = 0; turn < 3; turn++) {
        pipe.write("x");
        Queues.Taken taken = Queues.one(ring);
        assertThat(taken.result()).isEqualTo(POLLIN);
        assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
        assertThat(Native.read(pipe.readEnd)).isEqualTo("x");
      }
    }
  }

  @Test
  @Shows(UringOperation.POLL_REMOVE)
  void a_poll_is_ended_or_waits_for_something_else_by_its_user_data() {
    try (Ring ring = kind.open();
        Pipe first = new Pipe();
        Pipe second = new Pipe()) {
      PollRequests.pollAdd(Queues.next(ring), first.readEnd, POLLIN, 0).userData(11);
      PollRequests.pollAdd(Queues.next(ring), second.writeEnd, POLLIN, 0).userData(12);
      assertThat(ring.submit()).isEqualTo(2);
      PollRequests.pollRemove(Queues.next(ring), 11).userData(1);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("1:0", "11:" + -Errno.ECANCELED);
      PollRequests.pollUpdate(Queues.next(ring), 12, POLLOUT).userData(2);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("2:0", "12:" + POLLOUT);
      PollRequests.pollRemove(Queues.next(ring), 11).userData(3);
      assertThat(take(ring, 1)).containsExactly("3:" + -Errno.ENOENT);
    }
  }

  @Test
  @Shows(UringOperation.POLL_REMOVE)
  void a_poll_goes_on_under_another_user_data() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      PollRequests.pollAdd(Queues.next(ring), pipe.readEnd, POLLIN, 0).userData(11);
      PollRequests.pollRename(Queues.next(ring), 11, 12).userData(1);
      assertThat(take(ring, 1)).containsExactly("1:0");
      PollRequests.pollRename(Queues.next(ring), 11, 13).userData(2);
      assertThat(take(ring, 1)).containsExactly("2:" + -Errno.ENOENT);
      pipe.write("x");
      assertThat(take(ring, 1)).containsExactly("12:" + POLLIN);
    }
  }

  @Test
  @Shows(UringOperation.ASYNC_CANCEL)
  void a_cancelled_read_leaves_the_data_to_the_next() {
    ByteBuffer memory = Native.ascii("........");
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe();
        Pipe other = new Pipe()) {
      long address = NativeAddress.of(memory);
      FileRequests.read(Queues.next(ring), pipe.readEnd, address, 4, -1).userData(11);
      FileRequests.read(Queues.next(ring), pipe.readEnd, address, 4, -1).userData(12);
      FileRequests.read(Queues.next(ring), other.readEnd, address + 4, 4, -1).userData(13);
      assertThat(ring.submit()).isEqualTo(3);
      PollRequests.cancel(Queues.next(ring), 11).userData(1);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("1:0", "11:" + -Errno.ECANCELED);
      PollRequests.cancelMatching(
              Queues.next(ring), pipe.readEnd, PollRequests.CANCEL_FD | PollRequests.CANCEL_ALL)
          .userData(2);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("2:1", "12:" + -Errno.ECANCELED);
      pipe.write("mine");
      other.write("its");
      assertThat(take(ring, 1)).containsExactly("13:3");
      assertThat(Native.text(memory, 0, 8)).isEqualTo("....its.");
      assertThat(Native.read(pipe.readEnd)).isEqualTo("mine");
      PollRequests.cancel(Queues.next(ring), 11).userData(3);
      assertThat(take(ring, 1)).containsExactly("3:" + -Errno.ENOENT);
    }
  }

  @Test
  @Shows(UringOperation.ASYNC_CANCEL)
  void requests_of_one_kind_or_with_one_user_data_are_cancelled_and_others_are_not() {
    ByteBuffer memory = Native.ascii("....");
    int all = PollRequests.CANCEL_ALL;
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      for (long userData : new long[] {11, 11, 12}) {
        PollRequests.pollAdd(Queues.next(ring), pipe.readEnd, POLLIN, 0).userData(userData);
      }
      FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 4, -1)
          .userData(12);
      assertThat(ring.submit()).isEqualTo(4);
      PollRequests.cancelAll(Queues.next(ring), 11).userData(1);
      String cancelled = ":" + -Errno.ECANCELED;
      assertThat(take(ring, 3))
          .containsExactlyInAnyOrder("1:2", "11" + cancelled, "11" + cancelled);
      UringOperation polls = UringOperation.POLL_ADD;
      PollRequests.cancelEach(Queues.next(ring), polls, 13, all).userData(2);
      assertThat(take(ring, 1)).as("other user data").containsExactly("2:0");
      PollRequests.cancelEach(Queues.next(ring), UringOperation.SEND, all).userData(3);
      assertThat(take(ring, 1)).as("another kind").containsExactly("3:0");
      PollRequests.cancelEach(Queues.next(ring), polls, 12, all).userData(4);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("4:1", "12" + cancelled);
      pipe.write("read");
      assertThat(take(ring, 1)).as("the read was spared").containsExactly("12:4");
      SubmissionEntry entry = Queues.next(ring);
      assertThatThrownBy(
              () ->
                  PollRequests.cancelMatching(
                      entry, 0, PollRequests.CANCEL_FD | PollRequests.CANCEL_ANY))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.EPOLL_CTL)
  void an_epoll_instance_watches_what_it_was_told() {
    EpollEvents event = new EpollEvents(1).set(0, EPOLLIN, 0x1122334455667788L);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        Pipe pipe = new Pipe()) {
      int epoll = files.opened(Native.C.epoll_create1(0x80000));
      PollRequests.epollControl(
          Queues.next(ring), epoll, pipe.readEnd, PollRequests.EPOLL_ADD, event);
      assertThat(Queues.result(ring)).isZero();
      pipe.write("x");
      assertThat(ready(epoll)).isEqualTo(1);
      event.set(0, 0, 0);
      PollRequests.epollControl(
          Queues.next(ring), epoll, pipe.readEnd, PollRequests.EPOLL_MODIFY, event);
      assertThat(Queues.result(ring)).isZero();
      assertThat(ready(epoll)).as("nothing is waited for").isZero();
      PollRequests.epollControl(
          Queues.next(ring), epoll, pipe.readEnd, PollRequests.EPOLL_REMOVE, event);
      assertThat(Queues.result(ring)).isZero();
      PollRequests.epollControl(
          Queues.next(ring), epoll, pipe.readEnd, PollRequests.EPOLL_REMOVE, event);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.ENOENT);
      assertThatThrownBy(
              () -> PollRequests.epollControl(Queues.next(ring), epoll, pipe.readEnd, 4, event))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static int ready(int epoll) {
    return Native.C.epoll_wait(epoll, new byte[64], 4, 0);
  }

  @Test
  @Shows({UringOperation.EPOLL_CTL, UringOperation.EPOLL_WAIT})
  void what_is_ready_is_told_with_its_data() {
    EpollEvents event = new EpollEvents(1);
    EpollEvents seen = new EpollEvents(2);
    try (Ring ring = kind.open(UringOperation.EPOLL_WAIT);
        OpenFiles files = new OpenFiles();
        Pipe first = new Pipe();
        Pipe second = new Pipe();
        Pipe third = new Pipe()) {
      int epoll = files.opened(Native.C.epoll_create1(0x80000));
      int number = 0;
      for (Pipe pipe : List.of(first, second, third)) {
        event.set(0, EPOLLIN, 0x1122334455667700L + number++);
        PollRequests.epollControl(
            Queues.next(ring), epoll, pipe.readEnd, PollRequests.EPOLL_ADD, event);
        assertThat(Queues.result(ring)).isZero();
      }
      PollRequests.epollWait(Queues.next(ring), epoll, seen);
      assertThat(ring.submit()).isEqualTo(1);
      second.write("x");
      assertThat(Queues.result(ring)).isEqualTo(1);
      assertThat(seen.events(0)).isEqualTo(EPOLLIN);
      assertThat(seen.data(0)).isEqualTo(0x1122334455667701L);
      first.write("x");
      third.write("x");
      PollRequests.epollWait(Queues.next(ring), epoll, seen);
      assertThat(Queues.result(ring)).as("as many as there is room for").isEqualTo(2);
    }
  }

  @Test
  @Shows(UringOperation.TIMEOUT)
  void a_timeout_ends_with_the_time_or_with_what_completed() {
    try (Ring ring = kind.open()) {
      Timespec soon = Timespec.ofNanoseconds(20_000_000);
      long before = System.nanoTime();
      TimeoutRequests.timeout(Queues.next(ring), soon.address(), 0, 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.ETIME);
      assertThat(System.nanoTime() - before).as("never early").isGreaterThanOrEqualTo(20_000_000);
      Timespec never = Timespec.ofNanoseconds(HOUR);
      TimeoutRequests.timeout(Queues.next(ring), never.address(), 2, 0).userData(1);
      Queues.nop(ring, 2);
      Queues.nop(ring, 3);
      assertThat(take(ring, 3)).containsExactlyInAnyOrder("1:0", "2:0", "3:0");
    }
  }

  @Test
  @Shows(UringOperation.TIMEOUT)
  void a_timeout_that_stays_ends_so_many_times() {
    Timespec brief = Timespec.ofNanoseconds(1_000_000);
    try (Ring ring = kind.open()) {
      int flags = TimeoutRequests.MULTISHOT;
      TimeoutRequests.timeout(Queues.next(ring), brief.address(), 3, flags);
      for (int turn = 1; turn <= 3; turn++) {
        Queues.Taken taken = Queues.one(ring);
        assertThat(taken.result()).isEqualTo(-Errno.ETIME);
        assertThat(CompletionFlags.isLast(taken.flags())).isEqualTo(turn == 3);
      }
    }
  }

  @Test
  @Shows(UringOperation.TIMEOUT_REMOVE)
  void a_timeout_is_ended_or_gets_another_time_by_its_user_data() {
    Timespec never = Timespec.ofNanoseconds(HOUR);
    Timespec soon = Timespec.ofNanoseconds(1_000_000);
    try (Ring ring = kind.open()) {
      TimeoutRequests.timeout(Queues.next(ring), never.address(), 0, 0).userData(11);
      TimeoutRequests.timeout(Queues.next(ring), never.address(), 0, 0).userData(12);
      assertThat(ring.submit()).isEqualTo(2);
      TimeoutRequests.remove(Queues.next(ring), 11).userData(1);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("1:0", "11:" + -Errno.ECANCELED);
      TimeoutRequests.update(Queues.next(ring), 12, soon.address(), 0, false).userData(2);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("2:0", "12:" + -Errno.ETIME);
      TimeoutRequests.remove(Queues.next(ring), 12).userData(3);
      assertThat(take(ring, 1)).containsExactly("3:" + -Errno.ENOENT);
    }
  }

  @Test
  @Shows(UringOperation.LINK_TIMEOUT)
  void a_linked_timeout_ends_a_read_that_takes_too_long() {
    ByteBuffer memory = Native.bytes(8);
    Timespec soon = Timespec.ofNanoseconds(10_000_000);
    Timespec never = Timespec.ofNanoseconds(HOUR);
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      long address = NativeAddress.of(memory);
      FileRequests.read(Queues.next(ring), pipe.readEnd, address, 8, -1)
          .flag(EntryFlag.IO_LINK)
          .userData(1);
      TimeoutRequests.linkTimeout(Queues.next(ring), soon.address(), 0).userData(2);
      assertThat(take(ring, 2))
          .containsExactlyInAnyOrder("1:" + -Errno.ECANCELED, "2:" + -Errno.ETIME);
      pipe.write("kept");
      FileRequests.read(Queues.next(ring), pipe.readEnd, address, 8, -1)
          .flag(EntryFlag.IO_LINK)
          .userData(3);
      TimeoutRequests.linkTimeout(Queues.next(ring), never.address(), 0).userData(4);
      assertThat(take(ring, 2)).containsExactlyInAnyOrder("3:4", "4:" + -Errno.ECANCELED);
    }
  }
}
