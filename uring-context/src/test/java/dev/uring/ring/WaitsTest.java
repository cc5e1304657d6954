package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.WaitArguments;
import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a wait can be told, and how it ends. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitsTest {
  private static final long SHORT = 2_000_000;
  private static final long FOREVER = 3_600_000_000_000L;

  /** SIGUSR2: the virtual machine has a handler for it, which does nothing when not expected. */
  private static final int SIGNAL = 12;

  private final ByteBuffer memory = Native.bytes(8);

  private void readOf(Ring ring, Pipe pipe) {
    FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 1, 0);
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_wait_ends_with_its_time_or_with_what_it_waited_for(Layout layout) {
    try (Ring ring = layout.builder(8).build();
        Pipe pipe = new Pipe()) {
      ExtendedWait wait = ring.newExtendedWait();
      readOf(ring, pipe);
      assertThat(ring.submit()).isEqualTo(1);
      long start = System.nanoTime();
      assertThat(wait.forAtMost(SHORT).enter(0, 1)).isEqualTo(-Errno.ETIME);
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT);
      assertThat(ring.submitAndWait(1, SHORT)).isEqualTo(-Errno.ETIME);
      pipe.write("x");
      assertThat(wait.forAtMost(FOREVER).enter(0, 1)).isZero();
      assertThat(wait.withoutEnd().enter(0, 1)).isZero();
      assertThat(Queues.reap(ring)).containsExactly("0:1");
    }
  }

  @Test
  void a_wait_can_end_at_a_point_on_the_clock() {
    try (Ring ring = Ring.builder(4).build()) {
      ExtendedWait wait = ring.newExtendedWait();
      long past = System.nanoTime() - SHORT;
      assertThat(wait.until(past).enter(0, 1)).isEqualTo(-Errno.ETIME);
      long end = System.nanoTime() + SHORT;
      assertThat(wait.until(end).enter(0, 1)).isEqualTo(-Errno.ETIME);
      assertThat(System.nanoTime()).isGreaterThanOrEqualTo(end);
      // The same number as a span would take decades.
      assertThat(wait.forAtMost(0).enter(0, 1)).isEqualTo(-Errno.ETIME);
    }
  }

  @Test
  void the_clock_of_waits_can_be_changed() {
    try (Ring ring = Ring.builder(4).build()) {
      ring.registrar().waits().clock(WaitClock.BOOT_TIME);
      ExtendedWait wait = ring.newExtendedWait();
      assertThat(wait.forAtMost(SHORT).enter(0, 1)).isEqualTo(-Errno.ETIME);
      ring.registrar().waits().clock(WaitClock.MONOTONIC);
      assertThat(wait.forAtMost(SHORT).enter(0, 1)).isEqualTo(-Errno.ETIME);
      RegisterCaller caller = new RegisterCaller(ring.descriptor(), false);
      // CLOCK_REALTIME jumps and is none of the two.
      assertThat(
              caller.attempt(
                  dev.uring.allowlist.RegisterCall.REGISTER_CLOCK,
                  new dev.uring.ring.struct.ClockRegistration(0),
                  0))
          .isEqualTo(-Errno.EINVAL);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void after_the_minimum_wait_fewer_completions_are_enough(boolean deferred) {
    RingBuilder builder = Ring.builder(8);
    try (Ring ring = (deferred ? builder.deferTaskRun() : builder).build();
        Pipe pipe = new Pipe()) {
      readOf(ring, pipe);
      Queues.nop(ring, 5);
      ExtendedWait wait = ring.newExtendedWait().forAtMost(FOREVER).gatheringFor(2000);
      assertThat(wait.enter(ring.publish(), 8)).isEqualTo(2);
      assertThat(Queues.reap(ring)).containsExactly("5:0");
    }
  }

  @Test
  void submit_and_wait_returns_what_it_submitted_whatever_the_wait_came_to() {
    try (Ring ring = Ring.builder(8).build()) {
      Queues.nop(ring, 1);
      Queues.nop(ring, 2);
      assertThat(ring.submitAndWait(2)).isEqualTo(2);
      assertThat(Queues.reap(ring)).hasSize(2);
      Queues.nop(ring, 3);
      assertThat(ring.submitAndWait(5, SHORT)).as("one of five came").isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("3:0");
      assertThat(ring.submitAndWait(1, SHORT)).isEqualTo(-Errno.ETIME);
      assertThat(ring.submitAndWait(0)).isZero();
    }
  }

  @Test
  void a_wait_that_does_not_count_as_io_waits_all_the_same() {
    try (Ring ring = Ring.builder(4).build()) {
      ExtendedWait wait = ring.newExtendedWait().forAtMost(SHORT);
      assertThat(wait.countingAsIo(false).enter(0, 1)).isEqualTo(-Errno.ETIME);
      Queues.nop(ring, 1);
      assertThat(wait.enter(ring.publish(), 1)).isEqualTo(1);
      assertThat(wait.countingAsIo(true).enter(0, 1)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_signal_that_the_wait_blocks_does_not_end_it_and_another_does(boolean registered)
      throws Exception {
    AtomicInteger thread = new AtomicInteger();
    try (Pipe pipe = new Pipe()) {
      FutureTask<String> waiter =
          new FutureTask<>(
              () -> {
                try (Ring ring = Ring.builder(4).disabled().build();
                    RegisteredWaits waits = ring.registrar().waits().register(3)) {
                  ring.registrar().enable();
                  readOf(ring, pipe);
                  assertThat(ring.submit()).isEqualTo(1);
                  ExtendedWait wait = ring.newExtendedWait().blockingSignals(1L << (SIGNAL - 1));
                  waits.time(2, -1).signalMask(2, 1L << (SIGNAL - 1));
                  thread.set(Native.C.gettid());
                  int first = registered ? wait.enter(0, 1, waits, 2) : wait.enter(0, 1);
                  waits.noSignalMask(2);
                  wait.withSignalsAsTheyAre();
                  String seen = first + ":" + Queues.reap(ring);
                  readOf(ring, pipe);
                  assertThat(ring.submit()).isEqualTo(1);
                  thread.set(-Native.C.gettid());
                  int second = registered ? wait.enter(0, 1, waits, 2) : wait.enter(0, 1);
                  return seen + ":" + second;
                }
              });
      new Thread(waiter).start();
      int number = untilItSleeps(thread, true);
      assertThat(Native.C.tgkill(Native.C.getpid(), number, SIGNAL)).isZero();
      pipe.write("x");
      untilItSleeps(thread, false);
      assertThat(Native.C.tgkill(Native.C.getpid(), number, SIGNAL)).isZero();
      assertThat(waiter.get()).isEqualTo("0:[0:1]:" + -Errno.EINTR);
    }
  }

  private static int untilItSleeps(AtomicInteger thread, boolean positive) throws Exception {
    while (thread.get() == 0 || thread.get() > 0 != positive) {
      Thread.onSpinWait();
    }
    int number = Math.abs(thread.get());
    Path stat = Path.of("/proc/self/task/" + number + "/wchan");
    while (!Files.readString(stat).contains("io_cqring_wait")) {
      Thread.onSpinWait();
    }
    return number;
  }

  @Test
  void a_signal_mask_is_of_eight_bytes_to_the_kernel() {
    try (Ring ring = Ring.builder(4).build()) {
      WaitArguments arguments = new WaitArguments();
      arguments.signalMask(0);
      arguments.time(0);
      int flags = EnterFlag.GETEVENTS.mask() | EnterFlag.EXT_ARG.mask();
      assertThat(
              UringCalls.enter(
                  ring.descriptor(), 0, 1, flags, arguments.address(), WaitArguments.BYTES))
          .isEqualTo(-Errno.ETIME);
      assertThat(UringCalls.enter(ring.descriptor(), 0, 1, flags, arguments.address(), 23))
          .isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  void registered_waits_end_as_their_arguments_say_each_for_itself() {
    try (Ring ring = Ring.builder(8).disabled().build();
        RegisteredWaits waits = ring.registrar().waits().register(60)) {
      ring.registrar().enable();
      waits.time(0, SHORT).time(59, FOREVER).minimumWait(59, 1000).time(30, -1);
      ExtendedWait wait = ring.newExtendedWait();
      assertThat(wait.enter(0, 1, waits, 0)).isEqualTo(-Errno.ETIME);
      Queues.nop(ring, 1);
      assertThat(wait.enter(ring.publish(), 8, waits, 59)).isEqualTo(1);
      assertThat(wait.enter(0, 1, waits, 30)).isZero();
      assertThatThrownBy(() -> wait.enter(0, 1, waits, 60))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void waits_are_registered_once_and_while_the_ring_is_disabled() {
    try (Ring enabled = Ring.builder(4).build();
        Ring disabled = Ring.builder(4).disabled().build()) {
      assertThatThrownBy(() -> enabled.registrar().waits().register(1))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("EINVAL")
          .hasMessageContaining("disabled");
      RegisteredWaits waits = disabled.registrar().waits().register(1024);
      assertThatThrownBy(() -> disabled.registrar().waits().register(1))
          .hasMessageContaining("EBUSY");
      waits.close();
      waits.close();
      assertThatThrownBy(() -> waits.time(0, 1)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_negative_time_is_refused_before_the_kernel_is_asked() {
    try (Ring ring = Ring.builder(4).build()) {
      assertThatThrownBy(() -> ring.newExtendedWait().forAtMost(-1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ring.newExtendedWait().gatheringFor(-1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
