package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The library in a guest with a device whose completions can be polled for. */
@Timeout(600)
class PolledDeviceIT {
  @TempDir(factory = DiskBackedDirectory.class)
  private Path directory;

  @Test
  void trial() throws IOException {
    Guest guest = new Guest(directory, null);
    long t0 = System.nanoTime();
    Path java = JavaDisk.make(directory);
    System.out.println("disk " + (System.nanoTime() - t0) / 1000000);
    Path image = Images.sparse(directory.resolve("disk.img"), 64L * Images.MIB);
    Tool.Result result =
        guest
            .withKernelOptions("nvme.poll_queues=1")
            .with(JavaDisk.attached(java))
            .with("-drive", "if=none,id=polled,format=raw,file=" + image)
            .with("-device", "nvme,serial=polled,drive=polled")
            .run(
                "set -e\n"
                    + JavaDisk.prepared()
                    + """
                    uname -r; cat /proc/uptime
                    cat /sys/block/nvme0n1/queue/io_poll
                    grep nvme /proc/interrupts
                    java dev.uring.it.guest.PolledDevice /dev/nvme0n1
                    cat /proc/uptime
                    grep nvme /proc/interrupts
                    """);
    System.out.println("all " + (System.nanoTime() - t0) / 1000000);
    System.out.println(result);
    assertThat(result.status()).isZero();
  }
}
