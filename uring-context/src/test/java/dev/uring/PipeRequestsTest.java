package dev.uring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.CompletionFlags;
import dev.uring.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pipes, and what moves through them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipeRequestsTest {
  @TempDir Path directory;
  private URingContext context;
  private PipeRequests pipes;

  @BeforeEach
  void open() {
    context = URingContext.create(8);
    pipes = context.pipes();
  }

  @AfterEach
  void close() {
    assertThat(context.inFlight()).isZero();
    context.close();
  }

  private int result() {
    return Contexts.result(context);
  }

  private String read(Target end) {
    NativeMemory memory = NativeMemory.allocate(64);
    Contexts.addRead(context, end, memory, 1);
    byte[] bytes = new byte[result()];
    memory.buffer().get(0, bytes);
    return new String(bytes, US_ASCII);
  }

  private Descriptor file(String content) throws Exception {
    Path file = Files.writeString(directory.resolve("file"), content);
    return Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE);
  }

  @Test
  void a_pipe_is_made_with_its_reading_end_first() {
    try (NewDescriptors made = new NewDescriptors()) {
      pipes.addPipe(made, 4);
      assertThat(Contexts.take(context, 1)).containsExactly("4:0");
      try (Pipe pipe = new Pipe(made.take(), made.take())) {
        assertThat(made.isEmpty()).isTrue();
        assertThat(OpenDescriptors.closesOnExec(pipe.readEnd())).isTrue();
        assertThat(OpenDescriptors.closesOnExec(pipe.writeEnd())).isTrue();
        pipe.write((byte) 'p');
        assertThat(read(pipe.readEnd())).isEqualTo("p");
      }
    }
  }

  @Test
  void a_pipe_is_made_in_two_slots_that_follow_each_other() {
    FixedFile[] slots = context.registerFiles(4);
    pipes.addPipe(slots[1], slots[2], 1);
    assertThat(result()).isZero();
    context.addWritev(slots[2], Contexts.vector(Contexts.memory((byte) 'q')), -1, 2);
    assertThat(result()).isOne();
    assertThat(read(slots[1])).isEqualTo("q");
    assertThatThrownBy(() -> pipes.addPipe(slots[1], slots[3], 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pipes.addPipe(slots[1], slots[0], 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void pipes_that_nobody_took_are_closed() {
    OpenDescriptors.mustNotLeak(
        100,
        () -> {
          NewDescriptors made = new NewDescriptors();
          pipes.addPipe(made, 1);
          assertThat(result()).isZero();
          made.take().close();
          made.close();
          pipes.addPipe(made, 1);
          assertThat(result()).isEqualTo(-Errno.ECANCELED);
          try (URingContext other = URingContext.create(2)) {
            other.pipes().addPipe(new NewDescriptors(), 1);
            other.submit();
          }
        });
  }

  @Test
  void data_moves_from_a_file_through_a_pipe_into_another_place() throws Exception {
    try (Descriptor file = file("0123456789");
        Pipe pipe = Pipe.open()) {
      pipes.addSplice(SpliceEnd.at(file, 3), SpliceEnd.of(pipe.writeEnd()), 4, 1);
      assertThat(result()).isEqualTo(4);
      pipes.addSplice(SpliceEnd.of(pipe.readEnd()), SpliceEnd.at(file, 1), 100, 1);
      assertThat(result()).isEqualTo(4);
      assertThat(directory.resolve("file")).hasContent("0345656789");
      FixedFile[] slots = context.registerFiles(0, file, pipe.writeEnd(), pipe.readEnd());
      pipes.addSplice(SpliceEnd.of(slots[0]), SpliceEnd.of(slots[1]), 2, 1);
      assertThat(result()).isEqualTo(2);
      assertThat(read(slots[2])).as("from the file's own position").isEqualTo("03");
      pipes.addSplice(SpliceEnd.of(slots[0]), SpliceEnd.of(pipe.writeEnd()), 2, 1);
      assertThat(result()).isEqualTo(2);
      assertThat(read(pipe.readEnd())).isEqualTo("45");
      pipes.addSplice(SpliceEnd.of(file), SpliceEnd.of(slots[1]), 2, 1);
      assertThat(result()).isEqualTo(2);
      assertThat(read(pipe.readEnd())).isEqualTo("65");
    }
  }

  @Test
  void a_copied_pipe_keeps_its_data() {
    try (Pipe from = Pipe.open();
        Pipe to = Pipe.open()) {
      from.write((byte) 'a', (byte) 'b');
      pipes.addTee(from.readEnd(), to.writeEnd(), 100, 1);
      assertThat(result()).isEqualTo(2);
      assertThat(read(from.readEnd())).isEqualTo("ab");
      assertThat(read(to.readEnd())).isEqualTo("ab");
      pipes.addTee(from.readEnd(), from.writeEnd(), 100, 1);
      assertThat(result()).isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  void both_files_of_a_request_are_held_until_it_ends() {
    Pipe from = Pipe.open();
    Pipe to = Pipe.open();
    pipes.addSplice(SpliceEnd.of(from.readEnd()), SpliceEnd.of(to.writeEnd()), 1, 1);
    context.submit();
    from.readEnd().close();
    to.writeEnd().close();
    assertThat(from.readEnd().toString()).contains("closed but in use");
    assertThat(to.writeEnd().toString()).contains("closed but in use");
    from.write((byte) 'x');
    assertThat(result()).isOne();
    assertThat(from.readEnd().toString()).endsWith(", closed]");
    assertThat(to.writeEnd().toString()).endsWith(", closed]");
    assertThat(read(to.readEnd())).isEqualTo("x");
    assertThatThrownBy(() -> pipes.addTee(from.writeEnd(), to.writeEnd(), 1, 1))
        .hasMessage("descriptor is closed");
    from.writeEnd().close();
    assertThat(from.writeEnd().toString()).as("given back").endsWith(", closed]");
    to.readEnd().close();
  }

  @Test
  void what_is_read_again_and_again_comes_in_buffers() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 2, 4);
    try (Pipe pipe = Pipe.open()) {
      pipes.addReadEach(pipe.readEnd(), buffers, 1);
      context.submit();
      for (byte round = 0; round < 10; round++) {
        pipe.write(round);
        byte expected = round;
        context.await(
            1,
            (userData, result, flags) -> {
              assertThat(flags & CompletionFlags.MORE).isNotZero();
              try (ReceivedBytes received = buffers.take(flags)) {
                assertThat(received.bytes().remaining()).isOne();
                assertThat(received.bytes().get(0)).isEqualTo(expected);
              }
            });
      }
      List<Integer> flagsSeen = new ArrayList<>();
      pipe.write(new byte[12]);
      context.await(3, (userData, result, flags) -> flagsSeen.add(result));
      assertThat(flagsSeen).containsExactly(4, 4, -Errno.ENOBUFS);
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void one_read_takes_one_buffer() throws Exception {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 2, 4);
    try (Descriptor file = file("abcdef")) {
      pipes.addRead(file, buffers, 1);
      context.await(
          1,
          (userData, result, flags) -> {
            assertThat(result).isEqualTo(4);
            try (ReceivedBytes received = buffers.take(flags)) {
              assertThat(received.bytes().get(3)).isEqualTo((byte) 'd');
            }
          });
      pipes.addReadEach(file, buffers, 1);
      assertThat(result()).isEqualTo(-Errno.EBADFD);
    }
  }

  @Test
  void what_makes_no_sense_is_refused() throws Exception {
    URingAllowlist slotsOnly =
        URingAllowlist.builder()
            .allow(UringOperation.SPLICE, UringOperation.TEE)
            .requireFlags(EntryFlag.FIXED_FILE)
            .build();
    Descriptor file = file("x");
    try (URingContext other = URingContext.create(2);
        URingContext restricted = URingContext.builder(2).allowlist(slotsOnly).disabled().build()) {
      FixedFile foreign = other.registerFiles(1)[0];
      FixedFile slot = restricted.registerFiles(1)[0];
      restricted.enable();
      SpliceEnd end = SpliceEnd.of(file);
      for (Runnable use :
          List.<Runnable>of(
              () -> SpliceEnd.at(file, -1),
              () -> pipes.addSplice(end, end, 0, 1),
              () -> pipes.addSplice(end, end, -1, 1),
              () -> pipes.addSplice(SpliceEnd.of(foreign), end, 1, 1),
              () -> pipes.addSplice(end, SpliceEnd.of(foreign), 1, 1),
              () -> pipes.addTee(file, file, 0, 1),
              () -> restricted.pipes().addTee(file, slot, 1, 1),
              () -> restricted.pipes().addTee(slot, file, 1, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
      }
      for (Runnable use :
          List.<Runnable>of(
              () -> SpliceEnd.of(null),
              () -> pipes.addSplice(null, end, 1, 1),
              () -> pipes.addSplice(end, null, 1, 1),
              () -> pipes.addTee(null, file, 1, 1),
              () -> pipes.addTee(file, null, 1, 1),
              () -> pipes.addPipe(null, 1),
              () -> pipes.addReadEach(file, null, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(NullPointerException.class);
      }
      assertThat(context.counters().added()).isZero();
      assertThat(restricted.counters().added()).isZero();
    }
    file.close();
    assertThat(file.toString()).as("not in use").endsWith(", closed]");
  }

  @Test
  void a_context_of_slots_only_moves_data_between_slots() {
    URingAllowlist allowlist =
        URingAllowlist.builder()
            .allow(UringOperation.SPLICE, UringOperation.PIPE)
            .requireFlags(EntryFlag.FIXED_FILE)
            .build();
    try (URingContext restricted = URingContext.builder(4).allowlist(allowlist).disabled().build();
        Pipe source = Pipe.open();
        Pipe sink = Pipe.open()) {
      FixedFile[] slots = restricted.registerFiles(2, source.readEnd(), sink.writeEnd());
      restricted.enable();
      source.write((byte) 's');
      restricted.pipes().addPipe(slots[2], slots[3], 1);
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:0");
      restricted.pipes().addSplice(SpliceEnd.of(slots[0]), SpliceEnd.of(slots[3]), 1, 2);
      assertThat(Contexts.take(restricted, 1)).containsExactly("2:1");
      restricted.pipes().addSplice(SpliceEnd.of(slots[2]), SpliceEnd.of(slots[1]), 1, 3);
      assertThat(Contexts.take(restricted, 1)).containsExactly("3:1");
      assertThat(read(sink.readEnd())).isEqualTo("s");
    }
  }
}
