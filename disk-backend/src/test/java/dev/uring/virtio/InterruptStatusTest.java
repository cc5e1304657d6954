package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InterruptStatusTest {
  @Test
  void the_line_changes_only_when_it_must() {
    List<Boolean> levels = new ArrayList<>();
    InterruptStatus status = new InterruptStatus(levels::add);
    status.remove(-1);
    status.add(InterruptStatus.USED_BUFFER);
    status.add(InterruptStatus.USED_BUFFER);
    status.add(InterruptStatus.CONFIGURATION);
    assertThat(status.reasons()).isEqualTo(3);
    status.remove(InterruptStatus.CONFIGURATION);
    status.remove(InterruptStatus.USED_BUFFER);
    assertThat(levels).containsExactly(true, false);
  }

  @Test
  void what_changes_while_the_line_is_being_set_is_followed() {
    List<Boolean> levels = new ArrayList<>();
    InterruptStatus[] status = new InterruptStatus[1];
    status[0] =
        new InterruptStatus(
            raised -> {
              levels.add(raised);
              if (raised) {
                status[0].remove(-1);
              }
            });
    status[0].add(InterruptStatus.USED_BUFFER);
    assertThat(levels).containsExactly(true, false);
  }

  // A hint only: the test is right without it, and finds less.
  @SuppressWarnings("ThreadPriorityCheck")
  @Test
  void whoever_changes_it_when_the_line_ends_where_the_reasons_are() {
    for (int round = 0; round < 1_000; round++) {
      AtomicInteger inside = new AtomicInteger();
      AtomicBoolean overlapped = new AtomicBoolean();
      AtomicBoolean level = new AtomicBoolean();
      InterruptStatus status =
          new InterruptStatus(
              raised -> {
                overlapped.compareAndSet(false, inside.getAndIncrement() != 0);
                level.set(raised);
                inside.decrementAndGet();
              });
      CompletableFuture<Void> adding =
          CompletableFuture.runAsync(
              () -> {
                for (int count = 0; count < 500; count++) {
                  status.add(InterruptStatus.USED_BUFFER);
                }
              });
      for (int count = 0; count < 500; count++) {
        status.remove(InterruptStatus.USED_BUFFER);
      }
      adding.join();
      assertThat(level.get()).isEqualTo(status.reasons() != 0);
      assertThat(overlapped).isFalse();
    }
  }
}
