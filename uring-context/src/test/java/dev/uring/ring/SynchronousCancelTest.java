package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cancelling by a register call, which waits until the requests have completed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SynchronousCancelTest {
  private static final long LONG = 10_000_000_000L;
  private static final int LARGE = 256 << 20;
  private static final int SEEK_END = 2;

  private final ByteBuffer memory = Native.bytes(8);

  private void read(Ring ring, int fd, long userData) {
    FileRequests.read(Queues.next(ring), fd, NativeAddress.of(memory), 1, 0).userData(userData);
  }

  private static String cancelled(long userData) {
    return userData + ":" + -Errno.ECANCELED;
  }

  @Test
  void requests_are_found_by_each_key() {
    try (Ring ring = Ring.builder(8).build();
        Pipe one = new Pipe();
        Pipe two = new Pipe()) {
      Registrar registrar = ring.registrar();
      registrar.files().register(two.readEnd);
      read(ring, one.readEnd, 1);
      read(ring, two.readEnd, 2);
      FileRequests.read(Queues.next(ring), 0, NativeAddress.of(memory), 1, 0)
          .on(new FileSlot(0))
          .userData(3);
      PollRequests.pollAdd(Queues.next(ring), one.readEnd, 1, 0).userData(4);
      assertThat(ring.submit()).isEqualTo(4);

      assertThat(registrar.cancel(CancelMatch.userData(99), LONG)).isEqualTo(-Errno.ENOENT);
      assertThat(registrar.cancel(CancelMatch.userData(2), LONG)).isZero();
      assertThat(Queues.reap(ring)).containsExactly(cancelled(2));
      assertThat(registrar.cancel(CancelMatch.slot(new FileSlot(0)), LONG)).isZero();
      assertThat(Queues.reap(ring)).containsExactly(cancelled(3));
      assertThat(registrar.cancel(CancelMatch.operation(UringOperation.POLL_ADD), LONG)).isZero();
      assertThat(Queues.reap(ring)).containsExactly(cancelled(4));
      assertThat(registrar.cancel(CancelMatch.descriptor(two.readEnd), LONG))
          .isEqualTo(-Errno.ENOENT);
      assertThat(registrar.cancel(CancelMatch.descriptor(one.readEnd), LONG)).isZero();
      assertThat(Queues.reap(ring)).containsExactly(cancelled(1));
    }
  }

  @Test
  void all_that_match_are_counted_and_others_are_spared() {
    try (Ring ring = Ring.builder(8).build();
        Pipe one = new Pipe();
        Pipe two = new Pipe()) {
      read(ring, one.readEnd, 1);
      read(ring, one.readEnd, 1);
      read(ring, one.readEnd, 5);
      read(ring, two.readEnd, 1);
      assertThat(ring.submit()).isEqualTo(4);
      CancelMatch both = CancelMatch.descriptor(one.readEnd).andUserData(1);

      assertThat(ring.registrar().cancel(both.all(), LONG)).isEqualTo(2);
      assertThat(Queues.reap(ring)).containsExactly(cancelled(1), cancelled(1));
      assertThat(ring.registrar().cancel(both.andOperation(UringOperation.POLL_ADD).all(), LONG))
          .isEqualTo(0);
      assertThat(ring.registrar().cancelEverything(LONG)).isEqualTo(2);
      assertThat(Queues.reap(ring)).containsExactlyInAnyOrder(cancelled(1), cancelled(5));
    }
  }

  @Test
  void the_wait_for_what_goes_on_ends_when_its_time_is_up_and_takes_nothing_back() {
    long source = UringCalls.mapAnonymous(LARGE);
    assertThat(source).isPositive();
    try (Ring ring = Ring.builder(8).build();
        OpenFiles files = new OpenFiles()) {
      int fd = files.opened(FileCalls.memfdCreate(new byte[] {'x', 0}, FileCalls.MFD_CLOEXEC));
      int answer;
      // A write that ends before it is cancelled shows nothing; then there is another one.
      do {
        assertThat(FileCalls.ftruncate(fd, 0)).isZero();
        FileRequests.write(Queues.next(ring), fd, source, LARGE, 0)
            .flag(EntryFlag.ASYNC)
            .userData(1);
        assertThat(ring.submit()).isEqualTo(1);
        while (FileCalls.lseek(fd, 0, SEEK_END) == 0) {
          Thread.onSpinWait();
        }
        answer = ring.registrar().cancel(CancelMatch.userData(1), 1);
        assertThat(Queues.one(ring).result()).isEqualTo(LARGE);
        assertThat(answer).isIn(-Errno.ETIME, -Errno.ENOENT);
      } while (answer != -Errno.ETIME);
      assertThat(FileCalls.lseek(fd, 0, SEEK_END)).isEqualTo(LARGE);
    } finally {
      assertThat(UringCalls.unmap(source, LARGE)).isZero();
    }
  }

  @Test
  void nothing_to_cancel_is_said_at_once_whatever_the_time() {
    try (Ring ring = Ring.builder(8).build()) {
      for (long time : new long[] {-1, 0, LONG}) {
        assertThat(ring.registrar().cancel(CancelMatch.userData(1), time)).isEqualTo(-Errno.ENOENT);
        assertThat(ring.registrar().cancelEverything(time)).isZero();
      }
    }
  }
}
