package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.OpenDescriptors;
import dev.uring.virtio.BlockOptions;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Front ends with anything changed in them: each costs itself at most, and the next one is served.
 * A life that did harm is lived again with {@code -Dvhost.seed=N}, the number that the failure
 * names. {@code -Dvhost.minutes=N} makes the long one longer or shorter.
 */
class MutatedFrontEndTest {
  private static final System.Logger LOGGER = System.getLogger(MutatedFrontEndTest.class.getName());
  private static final int SHORT = 200;
  private static final int BETWEEN = 10;
  private static final int SPARE = 20;

  @TempDir Path directory;

  private int cutOff;
  private int lived;

  @Test
  @Timeout(300)
  void no_change_to_messages_or_rings_keeps_the_next_front_end_from_being_served() {
    try (ServedGuest served = start()) {
      live(served, seed(), SHORT);
      assertThat(cutOff).isPositive();
      assertThat(lived).isPositive();
    }
  }

  @Test
  @Tag("long")
  @Timeout(14_400)
  void no_change_does_so_for_long_and_nothing_grows() throws IOException {
    Duration limit = Duration.ofMinutes(Long.getLong("vhost.minutes", 10));
    long seed = seed();
    try (ServedGuest served = start()) {
      live(served, seed, SHORT);
      long begin = System.nanoTime();
      int descriptors = OpenDescriptors.count();
      int threads = Thread.activeCount();
      long round = 1;
      while (System.nanoTime() - begin < limit.toNanos()) {
        live(served, seed + round * SHORT, SHORT);
        if (round % 100 == 0) {
          LOGGER.log(Level.INFO, "{0} lives, {1}", round * SHORT, memory());
        }
        round++;
      }
      LOGGER.log(Level.INFO, "{0} lives, {1} cut off, {2}", lived + cutOff, cutOff, memory());
      assertThat(OpenDescriptors.count()).isLessThan(descriptors + SPARE);
      assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 1);
    }
  }

  private ServedGuest start() {
    return ServedGuest.start(
        directory, BlockOptions.defaults().withQueues(2).withThreads(2), false);
  }

  private static long seed() {
    long seed = Long.getLong("vhost.seed", new Random().nextLong());
    LOGGER.log(Level.INFO, "from -Dvhost.seed={0}", Long.toString(seed));
    return seed;
  }

  private void live(ServedGuest served, long first, int count) {
    for (long seed = first; seed < first + count; seed++) {
      try (MutatedFrontEnd frontEnd = new MutatedFrontEnd(served.path, seed)) {
        if (frontEnd.live()) {
          cutOff++;
        } else {
          lived++;
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("with -Dvhost.seed=" + seed, e);
      }
      if ((seed - first) % BETWEEN == BETWEEN - 1) {
        mustServe(served, seed);
      }
    }
  }

  private static void mustServe(ServedGuest served, long seed) {
    try {
      served.mustServe((int) seed & 0x7f);
    } catch (RuntimeException | AssertionError e) {
      long before = seed - BETWEEN + 1;
      throw new AssertionError("after -Dvhost.seed=" + before + " to " + seed, e);
    }
  }

  private static String memory() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .findFirst()
        .orElse("");
  }
}
