package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdServerOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

// A join cannot be interrupted.
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServingEndTest {
  @TempDir Path directory;

  private DiskService start() {
    return DiskService.start(
        new ServeRequest(
            directory.resolve("disk.img"),
            ImageOptions.defaults().withCreate(1 << 20),
            List.of(new NbdAddress.Unix(directory.resolve("s").toString())),
            NbdServerOptions.defaults().withThreads(2)));
  }

  @Test
  void a_signal_is_the_reason_to_stop() {
    CompletableFuture<String> signal = CompletableFuture.completedFuture("SIGTERM");
    try (DiskService service = start()) {
      assertThat(Serving.awaitEnd(signal, service.server().ended())).isEqualTo("SIGTERM");
    }
  }

  @Test
  void a_ring_whose_thread_fails_ends_the_server_with_a_sentence() {
    try (DiskService service = start()) {
      service
          .server()
          .loops()
          .get(1)
          .execute(
              () -> {
                throw new IllegalStateException("struck by lightning");
              });

      assertThatThrownBy(
              () -> Serving.awaitEnd(new CompletableFuture<>(), service.server().ended()))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("the thread of a ring failed")
          .hasMessageContaining("struck by lightning");
    }
    assertThat(directory.resolve("s")).doesNotExist();
  }

  @Test
  void a_last_flush_that_failed_is_told_as_what_it_means() {
    FailureException lost = DiskService.lost(Path.of("disk.img"), 5);

    assertThat(lost)
        .hasMessageContaining("writes to disk.img that were answered may be lost")
        .hasMessageContaining("EIO");
    assertThat(Failures.status(lost)).isEqualTo(1);
  }
}
