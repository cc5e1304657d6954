package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A kernel thread that submits, and that has gone to sleep. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolledSubmissionTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private static void untilTheKernelThreadSleeps() throws IOException {
    boolean sleeps = false;
    while (!sleeps) {
      List<Path> threads;
      try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
        threads = all.toList();
      }
      sleeps = threads.stream().anyMatch(PolledSubmissionTest::isSleepingPoller);
    }
  }

  private static boolean isSleepingPoller(Path thread) {
    try {
      return Files.readString(thread.resolve("stat")).contains("(iou-sqp-")
          && Files.readString(thread.resolve("stat")).contains(") S ");
    } catch (IOException e) {
      // A thread that has ended since.
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_is_woken_by_every_kind_of_wait_and_by_closing(boolean confined) throws Exception {
    ContextBuilder builder = URingContext.builder(4).polledSubmission(Duration.ofMillis(1));
    try (Pipe pipe = Pipe.open()) {
      URingContext context = (confined ? builder.confined() : builder).build();
      untilTheKernelThreadSleeps();
      context.addNop(1);
      assertThat(context.await(1, Contexts.IGNORE)).isEqualTo(1);
      untilTheKernelThreadSleeps();
      context.addNop(2);
      assertThat(context.await(1, LONG, Contexts.IGNORE)).isEqualTo(1);
      untilTheKernelThreadSleeps();
      context.addNop(3);
      context.submit();
      while (context.poll(Contexts.IGNORE) == 0) {
        Thread.onSpinWait();
      }
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 4);
      context.submit();
      untilTheKernelThreadSleeps();
      context.close();
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_is_woken_by_a_wait_that_has_what_it_wants_too(boolean confined) throws Exception {
    ContextBuilder builder = URingContext.builder(4).polledSubmission(Duration.ofMillis(1));
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      context.addNop(1);
      context.submit();
      while (context.counters().submitted() < 1) {
        Thread.onSpinWait();
      }
      untilTheKernelThreadSleeps();
      context.addNop(2);
      try (Completions completions = context.await(1)) {
        assertThat(completions.next().userData()).isOne();
      }
      while (context.counters().submitted() < 2) {
        Thread.onSpinWait();
      }
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoever_adds_more_than_the_queue_holds_waits_until_it_has_taken_some(boolean confined) {
    ContextBuilder builder = URingContext.builder(4).completionEntries(1024);
    builder.polledSubmission(Duration.ofMillis(1));
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      for (int round = 0; round < 20; round++) {
        for (int request = 0; request < 1000; request++) {
          context.addNop(request);
        }
        assertThat(context.await(1000, Contexts.IGNORE)).isEqualTo(1000);
        for (int group = 0; group < 200; group++) {
          context
              .chains()
              .together(
                  4,
                  () -> {
                    for (int request = 0; request < 4; request++) {
                      context.addNop(request);
                    }
                  });
        }
        assertThat(context.await(800, Contexts.IGNORE)).isEqualTo(800);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void each_request_is_counted_by_the_submit_that_hands_it_to_the_kernel_thread(boolean confined) {
    ContextBuilder builder = URingContext.builder(64).polledSubmission(Duration.ofMillis(1));
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      for (int round = 0; round < 200; round++) {
        context.addNop(1);
        context.addNop(2);
        // Whether the kernel thread has taken them by the next one is left to chance.
        assertThat(context.submit()).isEqualTo(2);
        assertThat(context.submit()).isZero();
        context.addNop(3);
        assertThat(context.submit()).isOne();
        assertThat(context.await(3, Contexts.IGNORE)).isEqualTo(3);
      }
    }
  }

  @Test
  void however_long_it_may_be_idle_a_context_is_made_or_it_is_said_why_not() {
    for (Duration idle :
        List.of(Duration.ZERO, Duration.ofNanos(1), Duration.ofSeconds(Long.MAX_VALUE))) {
      Set<String> before = KernelThreads.ofRings();
      try (URingContext context = URingContext.builder(4).polledSubmission(idle).build()) {
        context.addNop(1);
        assertThat(Contexts.take(context, 1)).containsExactly("1:0");
        assertThat(KernelThreads.ofRings())
            .as("threads that the kernel has besides, with %s", idle)
            .anyMatch(thread -> thread.contains(" iou-sqp-") && !before.contains(thread));
      }
    }
    assertThatThrownBy(() -> URingContext.builder(4).polledSubmission(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
