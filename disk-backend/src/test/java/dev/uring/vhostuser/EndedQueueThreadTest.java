package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a server when the thread of a queue ends by itself: here, because its log did.
 */
@Timeout(120)
class EndedQueueThreadTest {
  private static final Logger LOG = Logger.getLogger(VhostQueues.class.getName());

  @TempDir Path directory;

  @BeforeEach
  void break_the_log_of_broken_queues() {
    LOG.setFilter(
        message -> {
          if (Thread.currentThread().getName().startsWith("uring-vhost-")) {
            throw new IllegalStateException("a log that cannot be written");
          }
          return true;
        });
  }

  @AfterEach
  void mend_the_log() {
    LOG.setFilter(null);
  }

  private static void end(Thread queue, FrontEndRing ring) throws InterruptedException {
    // Once it answers it has started, and what it finds from here on nobody has asked for.
    assertThat(ring.write(0, 1)).isZero();
    ring.showIndex(30_000);
    ring.kick();
    queue.join(TimeUnit.SECONDS.toMillis(20));
    assertThat(queue.isAlive()).isFalse();
  }

  @Test
  void it_is_started_anew_for_the_next_front_end() throws Exception {
    try (ServedGuest served = ServedGuest.startObserved(directory, found -> {})) {
      for (int round = 0; round < 50; round++) {
        try (FrontEnd frontEnd = FrontEnd.ready(served.path)) {
          end(served.server.threads().get(0), frontEnd.startRing(0));
        }
        served.mustServe(round);
      }
    }
  }

  @Test
  void what_is_asked_of_it_fails_and_nobody_waits_for_ever() throws Exception {
    try (ServedGuest served = ServedGuest.startObserved(directory, found -> {});
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      FrontEndRing ring = frontEnd.startRing(0);
      end(served.server.threads().get(0), ring);
      ring.enable(false);
      assertThat(frontEnd.isCutOff()).isTrue();
    }
  }

  @Test
  void a_server_that_cannot_start_it_anew_ends_and_hangs_up_on_who_waits() throws Exception {
    AtomicInteger rings = new AtomicInteger();
    try (ServedGuest served =
        ServedGuest.startObserved(
            directory,
            found -> {
              if (rings.incrementAndGet() > 1) {
                throw new IllegalArgumentException("no second ring");
              }
            })) {
      try (FrontEnd waiting = waitingBehind(served)) {
        assertThat(waiting.isCutOff()).isTrue();
      }
      assertThatThrownBy(() -> served.server.ended().get(60, TimeUnit.SECONDS))
          .hasRootCauseMessage("no second ring");
      assertThat(directory.resolve("socket")).doesNotExist();
    }
  }

  /** A front end in the line behind one whose queue's thread has ended, and which has gone. */
  private static FrontEnd waitingBehind(ServedGuest served) throws InterruptedException {
    try (FrontEnd first = FrontEnd.ready(served.path)) {
      FrontEndRing ring = first.startRing(0);
      FrontEnd waiting = new FrontEnd(served.path);
      end(served.server.threads().get(0), ring);
      return waiting;
    }
  }

  @Test
  void closing_the_server_meanwhile_tells_of_it() throws Exception {
    ServedGuest served = ServedGuest.startObserved(directory, found -> {});
    try (served;
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      end(served.server.threads().get(0), frontEnd.startRing(0));
    }
    assertThat(served.server.stop()).isZero();
  }
}
