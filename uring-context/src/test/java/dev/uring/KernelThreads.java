package dev.uring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The threads of this process as the kernel has them, each as "number name". */
final class KernelThreads {
  private KernelThreads() {}

  /** All, those of Java too. */
  static List<String> all() {
    List<String> threads = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      tasks.forEach(
          task -> {
            try {
              threads.add(
                  task.getFileName() + " " + Files.readString(task.resolve("comm")).strip());
            } catch (IOException e) {
              // It has ended since.
            }
          });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return threads;
  }

  /** Those that the kernel has started for rings: "iou-sqp-…" submit, "iou-wrk-…" are workers. */
  static Set<String> ofRings() {
    Set<String> threads = new TreeSet<>(all());
    threads.removeIf(thread -> !thread.contains(" iou-"));
    return threads;
  }
}
