package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options reach the kernel: those of reads and writes, and those that any request can have. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequestOptionsTest {
  private static final RequestOptions NONE = RequestOptions.NONE;

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void writeFile() throws IOException {
    path = Files.writeString(directory.resolve("file"), "0123456789");
  }

  private static MemoryVector text() {
    return Contexts.vector(Contexts.memory((byte) 'n', (byte) 'e', (byte) 'w'));
  }

  /** Two pieces, so that the request is a vectored one. */
  private static MemoryVector textInTwo() {
    NativeMemory memory = Contexts.memory((byte) 'n', (byte) 'e', (byte) 'w');
    return new MemoryVector().add(memory, 0, 1).add(memory, 1, 2);
  }

  private static int write(
      URingContext context, Target file, MemoryVector text, long offset, RequestOptions options) {
    context.addWritev(file, text, offset, 1, options);
    return Contexts.result(context);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_write_appends_or_goes_to_its_offset_whatever_the_file_was_opened_for(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor plain = Descriptor.open(path, OpenFlag.WRITE);
        Descriptor appending = Descriptor.open(path, OpenFlag.WRITE, OpenFlag.APPEND)) {
      assertThat(write(context, plain, text(), 2, NONE.append())).isEqualTo(3);
      assertThat(path).hasContent("0123456789new");
      assertThat(write(context, plain, textInTwo(), 2, NONE.append())).isEqualTo(3);
      assertThat(path).hasContent("0123456789newnew");
      assertThat(write(context, appending, text(), 2, NONE.noAppend())).isEqualTo(3);
      assertThat(path).hasContent("01new56789newnew");
      assertThat(write(context, appending, textInTwo(), 6, NONE.noAppend())).isEqualTo(3);
      assertThat(path).hasContent("01new5new9newnew");
    }
  }

  @Test
  void what_cannot_be_is_refused_by_the_kernel_which_has_seen_it() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open();
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      assertThat(write(context, file, text(), 0, NONE.append().noAppend()))
          .isEqualTo(-Errno.EINVAL);
      assertThat(write(context, file, text(), 0, NONE.highPriority()))
          .as("the ring does not poll")
          .isEqualTo(-Errno.EINVAL);
      assertThat(write(context, file, text(), 0, NONE.atomic()))
          .as("not opened for direct I/O")
          .isEqualTo(-Errno.EOPNOTSUPP);
      context.addReadv(pipe.readEnd(), text(), -1, 1, NONE.noWait());
      assertThat(Contexts.result(context)).as("an empty pipe").isEqualTo(-Errno.EAGAIN);
      context.addReadv(pipe.readEnd(), text(), -1, 1, NONE.uncached());
      assertThat(Contexts.result(context)).as("a pipe").isEqualTo(-Errno.EOPNOTSUPP);
      assertThat(path).hasContent("0123456789");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void durable_writes_write(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor file = Descriptor.open(path, OpenFlag.WRITE)) {
      assertThat(write(context, file, text(), 0, NONE.dataSync())).isEqualTo(3);
      assertThat(write(context, file, textInTwo(), 4, NONE.sync())).isEqualTo(3);
    }
    assertThat(path).hasContent("new3new789");
    assertThat(NONE.dataSync().readWriteFlags()).as("RWF_DSYNC").isEqualTo(2);
    assertThat(NONE.sync().readWriteFlags()).as("RWF_SYNC").isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_drained_request_of_any_kind_waits_for_all_before_it_and_all_behind_it_wait(
      boolean confined) {
    List<String> taken = new ArrayList<>();
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        Descriptor file = Descriptor.open(path, OpenFlag.WRITE)) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
      context.chains().together(1, NONE.drain(), () -> context.addFsync(file, 2));
      context.addNop(3);
      assertThat(context.submit()).isEqualTo(3);
      assertThat(context.poll(Contexts.IGNORE)).as("before the pipe has something").isZero();
      pipe.write((byte) 7);
      while (taken.size() < 3) {
        taken.addAll(Contexts.take(context, 1));
      }
    }
    assertThat(taken).containsExactly("1:1", "2:0", "3:0");
  }

  @Test
  void a_read_can_be_drained_by_its_own_options() {
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open();
        Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
      context.addReadv(file, Contexts.vector(NativeMemory.allocate(4)), 0, 2, NONE.drain());
      assertThat(context.submit()).isEqualTo(2);
      assertThat(context.poll(Contexts.IGNORE)).isZero();
      pipe.write((byte) 7);
      assertThat(Contexts.take(context, 2)).containsExactly("1:1", "2:4");
    }
  }

  private static boolean hasWorkers(String submitter) throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads.anyMatch(thread -> isWorker(thread, submitter));
    }
  }

  private static boolean isWorker(Path thread, String submitter) {
    try {
      return Files.readString(thread.resolve("comm")).strip().equals("iou-wrk-" + submitter);
    } catch (IOException e) {
      // A thread that has ended since.
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_async_request_of_any_kind_is_run_by_a_worker(boolean together) throws Exception {
    WaitingThread submitter =
        WaitingThread.start(
            () -> {
              String self = Files.readSymbolicLink(Path.of("/proc/thread-self")).toString();
              String number = self.substring(self.lastIndexOf('/') + 1);
              try (URingContext context = URingContext.create(8);
                  Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
                context.addNop(1);
                assertThat(Contexts.take(context, 1)).containsExactly("1:0");
                assertThat(hasWorkers(number)).as("a nop needs no worker").isFalse();
                if (together) {
                  context.chains().together(1, NONE.async(), () -> context.addNop(2));
                } else {
                  NativeMemory memory = NativeMemory.allocate(4);
                  context.addReadv(file, Contexts.vector(memory), 0, 2, NONE.async());
                }
                assertThat(Contexts.take(context, 1)).hasSize(1);
                // It waits for more work before it ends.
                assertThat(hasWorkers(number)).as("a worker").isTrue();
              }
              return List.of();
            });
    assertThat(submitter.result()).isEqualTo(List.of());
  }

  @Test
  void links_among_the_options_make_a_chain() {
    try (URingContext context = URingContext.create(8);
        Descriptor file = Descriptor.open(path, OpenFlag.WRITE)) {
      Runnable failingFirst =
          () -> {
            Contexts.addRead(context, file, NativeMemory.allocate(1), 1);
            context.addNop(2);
          };
      context.chains().together(2, NONE.link(), failingFirst);
      context.addNop(3);
      assertThat(Contexts.take(context, 3))
          .containsExactlyInAnyOrder("1:" + -Errno.EBADF, "2:" + -Errno.ECANCELED, "3:0");
      context.chains().together(2, NONE.hardLink().async(), failingFirst);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:" + -Errno.EBADF, "2:0");
    }
  }

  @Test
  void what_only_reads_and_writes_have_is_refused_for_all_kinds() {
    try (URingContext context = URingContext.create(8)) {
      assertThatThrownBy(
              () -> context.chains().together(1, NONE.dataSync(), () -> context.addNop(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("only reads and writes");
      assertThat(context.counters().added()).isZero();
    }
  }
}
