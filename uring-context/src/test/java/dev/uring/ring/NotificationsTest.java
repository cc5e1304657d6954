package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.Native.EventFd;
import dev.uring.ring.Native.Pipe;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The eventfd that counts a ring's completions. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NotificationsTest {
  private final ByteBuffer memory = Native.bytes(8);

  private static void complete(Ring ring) {
    Queues.nop(ring, 1);
    assertThat(Queues.result(ring)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void an_eventfd_counts_completions_from_its_registration_to_its_end(Layout layout) {
    try (Ring ring = layout.builder(4).build();
        EventFd events = new EventFd()) {
      complete(ring);
      ring.registrar().notifications().register(events.fd);
      assertThat(events.take()).isZero();
      complete(ring);
      complete(ring);
      assertThat(events.take()).isEqualTo(2);
      ring.registrar().notifications().unregister();
      complete(ring);
      assertThat(events.take()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_silenced_eventfd_misses_what_completes_meanwhile_and_nothing_after(Layout layout) {
    try (Ring ring = layout.builder(4).build();
        EventFd events = new EventFd()) {
      ring.registrar().notifications().register(events.fd);
      ring.completion().disableNotifications();
      complete(ring);
      complete(ring);
      assertThat(events.take()).isZero();
      ring.completion().enableNotifications();
      assertThat(events.take()).isZero();
      complete(ring);
      assertThat(events.take()).isEqualTo(1);
    }
  }

  @Test
  void an_asynchronous_eventfd_counts_only_what_worker_threads_completed() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe();
        EventFd events = new EventFd()) {
      ring.registrar().notifications().registerAsynchronous(events.fd);
      complete(ring);
      assertThat(events.take()).isZero();
      FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(memory), 1, 0);
      assertThat(ring.submit()).isEqualTo(1);
      pipe.write("x");
      assertThat(Queues.result(ring)).isEqualTo(1);
      assertThat(events.take()).as("this thread did it itself when it waited").isZero();
      RingRequests.nop(Queues.next(ring)).flag(EntryFlag.ASYNC);
      assertThat(Queues.result(ring)).isZero();
      assertThat(events.take()).isEqualTo(1);
    }
  }

  @Test
  void there_is_one_eventfd_a_ring_and_it_must_be_one() {
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe();
        EventFd events = new EventFd()) {
      Notifications notifications = ring.registrar().notifications();
      assertThatThrownBy(notifications::unregister).hasMessageContaining("ENXIO");
      assertThatThrownBy(() -> notifications.register(-1)).hasMessageContaining("EBADF");
      assertThatThrownBy(() -> notifications.register(pipe.readEnd)).hasMessageContaining("EINVAL");
      notifications.register(events.fd);
      assertThatThrownBy(() -> notifications.register(events.fd)).hasMessageContaining("EBUSY");
      assertThatThrownBy(() -> notifications.registerAsynchronous(events.fd))
          .hasMessageContaining("EBUSY");
    }
  }
}
