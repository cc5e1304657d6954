package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rings whose owner has ended. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnerDeathTest {
  /** A ring that a thread made, which the kernel then saw the last of. */
  private static Ring orphan(Supplier<Ring> making) throws InterruptedException {
    AtomicReference<Ring> made = new AtomicReference<>();
    AtomicInteger task = new AtomicInteger();
    Thread owner =
        new Thread(
            () -> {
              task.set(Native.C.gettid());
              made.set(making.get());
            });
    owner.start();
    owner.join();
    while (Files.exists(Path.of("/proc/self/task/" + task.get()))) {
      Thread.onSpinWait();
    }
    return made.get();
  }

  @Test
  void a_file_cannot_be_sent_to_a_ring_whose_owner_is_dead() throws InterruptedException {
    try (Ring ring = Ring.builder(4).build();
        Ring orphan = orphan(() -> Ring.builder(4).deferTaskRun().build());
        Pipe pipe = new Pipe()) {
      ring.registrar().files().register(pipe.writeEnd);
      RingRequests.sendFile(
          Queues.next(ring),
          orphan.descriptor(),
          1,
          new FileSlot(0),
          DestinationSlot.of(new FileSlot(0)),
          0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EOWNERDEAD);
    }
  }

  @Test
  void data_is_sent_to_it_and_nobody_can_take_it() throws InterruptedException {
    try (Ring ring = Ring.builder(4).build();
        Ring orphan = orphan(() -> Ring.builder(4).deferTaskRun().build())) {
      RingRequests.message(Queues.next(ring), orphan.descriptor(), 1, 1);
      assertThat(Queues.result(ring)).isZero();
      assertThat(orphan.flush()).isEqualTo(-Errno.EEXIST);
      assertThat(orphan.completion().available()).isZero();
    }
  }

  @Test
  void nobody_inherits_a_ring_with_a_single_issuer() throws InterruptedException {
    try (Ring orphan = orphan(() -> Ring.builder(4).singleIssuer().build())) {
      Queues.nop(orphan, 1);
      assertThat(orphan.submit()).isEqualTo(-Errno.EEXIST);
      assertThat(orphan.registrar().cancelEverything(0)).isEqualTo(-Errno.EEXIST);
      assertThat(orphan.submission().pending()).isEqualTo(1);
    }
  }

  @Test
  void a_ring_without_an_owner_goes_on_when_its_maker_has_ended() throws InterruptedException {
    try (Ring orphan = orphan(() -> Ring.builder(4).build());
        Ring polled = orphan(() -> Ring.builder(4).polledSubmission(20).build())) {
      for (Ring ring : new Ring[] {orphan, polled}) {
        Queues.nop(ring, 1);
        assertThat(Queues.take(ring, 1)).containsExactly("1:0");
      }
    }
  }
}
