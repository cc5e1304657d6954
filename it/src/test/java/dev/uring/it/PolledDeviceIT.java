package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The library in a guest with devices whose completions can be polled for. */
@Timeout(300)
class PolledDeviceIT {
  private static final List<String> OF_RINGS =
      List.of(
          "holds: a ring that polls",
          "holds: a ring that polls for its owner",
          "holds: a ring that polls, and whose submissions are polled for",
          "holds: hybrid polling, or its refusal by name");

  private static final List<String> OF_CONTEXTS =
      List.of(
          "a shared context",
          "a confined context",
          "an allowlist",
          "registered files and buffers",
          "two threads and one context",
          "what cannot be polled",
          "waits with a limit",
          "looking without waiting",
          "closing with requests in flight",
          "an ordinary context interrupts");

  @TempDir(factory = DiskBackedDirectory.class)
  private Path directory;

  private Guest guest() throws IOException {
    Guest guest = new Guest(directory, null).withKernelOptions("nvme.poll_queues=1");
    Path image = Images.sparse(directory.resolve("disk.img"), 64L * Images.MIB);
    return guest
        .with(JavaDisk.attached(JavaDisk.make(directory)))
        .with("-drive", "if=none,id=polled,format=raw,file=" + image)
        .with("-device", "nvme,serial=polled,drive=polled");
  }

  private static List<String> ofContexts(String path) {
    return OF_CONTEXTS.stream().map(rule -> "holds: " + path + ": " + rule).toList();
  }

  @Test
  void rings_and_contexts_poll_a_device_for_completions_and_it_does_not_interrupt()
      throws IOException {
    Tool.Result result =
        guest()
            .run(
                JavaDisk.prepared()
                    + """
                    set -e
                    test "$(cat /sys/block/nvme0n1/queue/io_poll)" = 1
                    java dev.uring.it.guest.PolledRing /dev/nvme0n1
                    java dev.uring.it.guest.PolledDevice /dev/nvme0n1
                    """);
    List<String> expected = new ArrayList<>(OF_RINGS);
    expected.addAll(ofContexts("/dev/nvme0n1"));
    assertThat(JavaDisk.rules(result)).isEqualTo(expected);
  }

  @Test
  void contexts_poll_for_completions_of_a_file_on_such_a_device() throws IOException {
    Tool.Result result =
        guest()
            .run(
                """
                set -e
                mkfs.ext4 -q /dev/nvme0n1
                mount /dev/nvme0n1 /mnt
                dd if=/dev/zero of=/mnt/file bs=1M count=4 conv=fsync 2> /dev/null
                """
                    + JavaDisk.prepared()
                    + "java dev.uring.it.guest.PolledDevice /mnt/file\n");
    assertThat(JavaDisk.rules(result)).isEqualTo(ofContexts("/mnt/file"));
  }
}
