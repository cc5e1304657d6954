package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Descriptors that requests make are somebody's at every moment, or closed. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NewDescriptorsTest {
  private static final int MANY = 64;
  private static final Opening READ = Opening.of(OpenFlag.READ);

  @TempDir Path directory;
  private FileName name;

  @BeforeEach
  void make() throws Exception {
    name = FileName.of(Files.createFile(directory.resolve("file")));
  }

  /** How many descriptors of this process are of the file. */
  private long open() throws Exception {
    Path file = directory.resolve("file").toRealPath();
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(one -> names(one, file)).count();
    }
  }

  private static boolean names(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file);
    } catch (IOException e) {
      // The descriptor of the listing itself is gone again.
      return false;
    }
  }

  private void add(URingContext context, NewDescriptors made, int count) {
    for (int request = 0; request < count; request++) {
      context.fileSystem().addOpen(name, READ, made, request);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_nobody_took_is_closed_with_the_holder(boolean confined) throws Exception {
    try (URingContext context = Contexts.of(MANY, confined)) {
      NewDescriptors made = new NewDescriptors();
      add(context, made, MANY);
      context.await(MANY, (userData, result, flags) -> assertThat(result).isZero());
      assertThat(open()).isEqualTo(MANY);
      Descriptor taken = made.take();
      made.close();
      assertThat(open()).isOne();
      assertThat(made.poll()).isNull();
      taken.close();
      made.close();
      assertThat(open()).isZero();
      add(context, made, 2);
      assertThat(Contexts.take(context, 2))
          .as("nobody wants it")
          .containsExactlyInAnyOrder("0:" + -Errno.ECANCELED, "1:" + -Errno.ECANCELED);
      assertThat(open()).isZero();
    }
  }

  @Test
  void what_was_dropped_is_closed_by_the_collector() throws Exception {
    try (URingContext context = URingContext.create(MANY)) {
      add(context, new NewDescriptors(), MANY);
      context.await(MANY, (userData, result, flags) -> {});
      while (open() > 0) {
        System.gc();
      }
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void what_was_dropped_before_it_was_made_is_closed_all_the_same() throws Exception {
    try (URingContext context = URingContext.create(MANY)) {
      add(context, new NewDescriptors(), MANY);
      WeakReference<Object> canary = new WeakReference<>(new Object());
      while (canary.get() != null) {
        System.gc();
      }
      context.await(MANY, (userData, result, flags) -> {});
      while (open() > 0) {
        System.gc();
      }
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_context_that_closes_leaves_no_descriptor_of_what_was_in_flight(boolean confined)
      throws Exception {
    for (int round = 0; round < 20; round++) {
      NewDescriptors made = new NewDescriptors();
      URingContext context = Contexts.of(MANY, confined);
      add(context, made, MANY / 2);
      if (round % 2 == 0) {
        context.submit();
      }
      context.close();
      assertThat(made.isEmpty()).isTrue();
      assertThat(open()).isZero();
    }
  }

  @Test
  void each_completion_of_many_threads_finds_one_to_take() throws Exception {
    try (URingContext context = URingContext.create(MANY);
        NewDescriptors made = new NewDescriptors()) {
      AtomicInteger rounds = new AtomicInteger(2_000);
      WaitingThread[] threads = new WaitingThread[3];
      AtomicInteger taken = new AtomicInteger();
      for (int index = 0; index < threads.length; index++) {
        threads[index] =
            WaitingThread.start(
                () -> {
                  while (rounds.decrementAndGet() >= 0) {
                    context.fileSystem().addOpen(name, READ, made, 1);
                    context.await(
                        1,
                        1_000_000L,
                        (userData, result, flags) -> {
                          made.take().close();
                          taken.incrementAndGet();
                        });
                  }
                  return 1;
                });
      }
      for (WaitingThread thread : threads) {
        assertThat(thread.result()).isEqualTo(1);
      }
      while (context.inFlight() > 0) {
        context.await(
            1,
            (userData, result, flags) -> {
              made.take().close();
              taken.incrementAndGet();
            });
      }
      assertThat(taken.get()).isEqualTo(2_000);
      assertThat(made.isEmpty()).isTrue();
      assertThat(open()).isZero();
    }
  }
}
