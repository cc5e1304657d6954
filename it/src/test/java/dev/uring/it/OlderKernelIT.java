package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The library in a guest whose kernel is the distribution's: Linux 6.1 in Debian 12. */
@Timeout(300)
class OlderKernelIT {
  private static final List<String> RULES =
      List.of(
          "a file is written, synced and read",
          "names are opened, renamed and removed",
          "an eventfd is polled",
          "time passes",
          "requests are cancelled",
          "chains keep their order and end",
          "sockets",
          "an allowlist refuses",
          "closing ends a read of a pipe",
          "an interrupted thread submits and does not wait",
          "an interrupt ends a wait",
          "a close by another thread ends a wait",
          "waking up ends a wait",
          "newer requests are refused one by one");

  @TempDir(factory = DiskBackedDirectory.class)
  private Path directory;

  @Test
  void contexts_keep_their_promises_and_say_what_the_kernel_is_too_old_for() throws IOException {
    Guest guest = new Guest(directory, null);
    Tool.Result result =
        guest
            .with(JavaDisk.attached(JavaDisk.make(directory)))
            .run(
                JavaDisk.prepared()
                    + """
                    mkfifo /tmp/java/tmp/fifo
                    java dev.uring.it.guest.OlderKernel /tmp
                    """);
    List<String> expected = new ArrayList<>();
    for (String kind : List.of("shared", "confined")) {
      RULES.forEach(rule -> expected.add("holds: " + kind + ": " + rule));
    }
    assertThat(JavaDisk.rules(result)).isEqualTo(expected);
  }
}
