package dev.uring.it.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code /proc/interrupts} counts for the queues of NVMe devices. */
final class Interrupts {
  private Interrupts() {}

  /** How many there were so far, of all queues but the administrator's. */
  static long ofQueues() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/interrupts"));
    int processors = lines.get(0).strip().split("\\s+", -1).length;
    long sum = 0;
    for (String line : lines) {
      if (line.contains("nvme") && !line.endsWith("q0")) {
        String[] words = line.strip().split("\\s+", -1);
        for (int processor = 1; processor <= processors; processor++) {
          sum += Long.parseLong(words[processor]);
        }
      }
    }
    return sum;
  }
}
