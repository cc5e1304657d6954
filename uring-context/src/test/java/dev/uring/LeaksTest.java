package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeaksTest {
  private static final int POLLIN = 1;

  private static long ringMappings() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.endsWith("[io_uring]")).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long ringDescriptors() {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(LeaksTest::isRing).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isRing(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("io_uring");
    } catch (IOException e) {
      // The descriptor of the listing itself is gone again.
      return false;
    }
  }

  /** Threads of this process that are neither Java's nor the runtime's own: none, then. */
  private static long javaThreads() {
    return Thread.getAllStackTraces().size();
  }

  private static void one(int round, Descriptor event) {
    ContextBuilder builder = URingContext.builder(4);
    if (round % 2 == 0) {
      builder.confined();
    }
    if (round % 3 == 0) {
      builder.allowlist(URingAllowlist.service()).disabled();
    }
    URingContext context = builder.build();
    FixedFile slot = context.registerFiles(1, event)[0];
    if (round % 3 == 0) {
      context.enable();
    }
    context.addPollFd(slot, POLLIN, 1);
    Contexts.addRead(context, event, NativeMemory.allocate(8), 2);
    context.addNop(3);
    assertThat(Contexts.take(context, 1)).containsExactly("3:0");
    context.close();
  }

  private static void rounds(int count) {
    try (Descriptor event = Descriptor.eventFd(0)) {
      one(0, event);
      one(1, event);
      long mappings = ringMappings();
      long rings = ringDescriptors();
      long threads = javaThreads();
      OpenDescriptors.mustNotLeak(1, () -> someRounds(count, event));
      assertThat(ringMappings()).as("mappings").isEqualTo(mappings);
      assertThat(ringDescriptors()).as("rings").isEqualTo(rings);
      assertThat(javaThreads()).as("threads").isLessThan(threads + 10);
      assertThat(event.toString()).doesNotContain("in use");
    }
  }

  private static void someRounds(int count, Descriptor event) {
    for (int round = 0; round < count; round++) {
      one(round, event);
    }
  }

  @Test
  void a_thousand_contexts_leave_no_descriptor_no_mapping_and_no_thread() {
    rounds(1_000);
  }

  @Tag("long")
  @Test
  void ten_thousand_contexts_leave_no_descriptor_no_mapping_and_no_thread() {
    rounds(10_000);
  }

  @Test
  void short_lived_threads_that_use_a_context_leave_nothing_in_it() throws Exception {
    try (URingContext context = URingContext.create(4)) {
      int before = OpenDescriptors.count();
      for (int round = 0; round < 500; round++) {
        WaitingThread thread =
            WaitingThread.start(
                () -> {
                  context.addNop(1);
                  return Contexts.take(context, 1).size();
                });
        assertThat(thread.result()).isEqualTo(1);
      }
      assertThat(OpenDescriptors.count()).isLessThan(before + 50);
      assertThat(context.inFlight()).isZero();
    }
  }
}
