package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests on open files, each seen from outside afterwards. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OpenFileRequestsTest {
  @TempDir Path directory;
  private URingContext context;
  private OpenFileRequests files;

  @BeforeEach
  void open() {
    context = URingContext.create(8);
    files = context.files();
  }

  @AfterEach
  void close() {
    assertThat(context.inFlight()).isZero();
    context.close();
  }

  private int result() {
    return Contexts.result(context);
  }

  private Descriptor file() throws Exception {
    Files.write(directory.resolve("file"), new byte[100]);
    return Descriptor.open(directory.resolve("file"), OpenFlag.READ, OpenFlag.WRITE);
  }

  @Test
  void a_file_is_cut_and_lengthened() throws Exception {
    try (Descriptor file = file()) {
      files.addTruncate(file, 10, 1);
      assertThat(result()).isZero();
      assertThat(directory.resolve("file")).hasSize(10);
      files.addTruncate(file, 1L << 33, 1);
      assertThat(result()).isZero();
      assertThat(directory.resolve("file")).hasSize(1L << 33);
    }
  }

  @Test
  void what_was_written_out_is_clean() throws Exception {
    try (Descriptor file = file()) {
      NativeMemory memory = NativeMemory.allocate(1 << 16);
      context.addWritev(file, Contexts.vector(memory), 0, 1);
      assertThat(result()).isEqualTo(1 << 16);
      files.addStartWriteOut(file, 0, 0, 1);
      assertThat(result()).isZero();
      files.addWriteOut(file, 0, 1 << 16, 1);
      assertThat(result()).isZero();
    }
    try (Pipe pipe = Pipe.open()) {
      files.addWriteOut(pipe.readEnd(), 0, 0, 1);
      assertThat(result()).as("ESPIPE").isEqualTo(-29);
    }
  }

  @Test
  void a_closed_descriptor_is_closed_for_the_process_and_for_this_object() {
    try (Pipe pipe = Pipe.open()) {
      Descriptor writeEnd = pipe.writeEnd();
      files.addClose(writeEnd, 5);
      assertThat(writeEnd.isClosed()).isTrue();
      assertThatThrownBy(() -> context.addPollFd(writeEnd, 4, 1))
          .hasMessage("descriptor is closed");
      assertThatThrownBy(() -> files.addClose(writeEnd, 1)).hasMessage("descriptor is closed");
      assertThat(Contexts.take(context, 1)).containsExactly("5:0");
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 6);
      assertThat(Contexts.take(context, 1)).as("the end of the pipe").containsExactly("6:0");
    }
  }

  @Test
  void a_number_that_became_another_files_is_not_closed_again() throws Exception {
    Descriptor old = file();
    int number = old.acquire();
    old.release();
    files.addClose(old, 1);
    context.submit();
    Path file = directory.resolve("file");
    Path shown = Path.of("/proc/self/fd/" + number);
    List<FileChannel> others = new ArrayList<>();
    try {
      // The lowest number that is free is given first.
      do {
        others.add(FileChannel.open(file, StandardOpenOption.READ));
      } while (!Files.isSymbolicLink(shown));
      assertThat(result()).as("the close, which nobody has heard of before").isZero();
      old.close();
      assertThat(Files.readSymbolicLink(shown)).isEqualTo(file);
      for (FileChannel other : others) {
        assertThat(other.size()).isEqualTo(100);
      }
    } finally {
      for (FileChannel other : others) {
        other.close();
      }
    }
  }

  @Test
  void a_descriptor_that_requests_use_or_somebody_else_owns_is_not_closed() {
    try (Pipe pipe = Pipe.open()) {
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 1);
      assertThatThrownBy(() -> files.addClose(pipe.readEnd(), 2))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("in use");
      pipe.write((byte) 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:1");
      int number = pipe.readEnd().acquire();
      pipe.readEnd().release();
      try (Descriptor borrowed = Descriptor.borrow(number)) {
        assertThatThrownBy(() -> files.addClose(borrowed, 2))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("borrowed");
      }
      assertThat(context.counters().added()).isEqualTo(1);
    }
  }

  @Test
  void a_close_that_never_ran_closes_all_the_same() {
    FileName missing = FileName.of(directory.resolve("missing"));
    OpenDescriptors.mustNotLeak(
        200,
        () -> {
          Descriptor cancelled = Descriptor.eventFd(0);
          context
              .chains()
              .linked(
                  2,
                  () -> {
                    context
                        .fileSystem()
                        .addOpen(missing, Opening.of(OpenFlag.READ), FreeSlot.ANY, 1);
                    files.addClose(cancelled, 2);
                  });
          assertThat(Contexts.take(context, 2))
              .containsExactly("1:" + -Errno.ENOENT, "2:" + -Errno.ECANCELED);
          Descriptor takenBack = Descriptor.eventFd(0);
          assertThatThrownBy(
                  () ->
                      context
                          .chains()
                          .together(
                              2,
                              () -> {
                                files.addClose(takenBack, 1);
                                throw new IllegalStateException("changed its mind");
                              }))
              .hasMessage("changed its mind");
        });
  }

  @Test
  void closing_the_context_closes_what_was_to_be_closed() {
    OpenDescriptors.mustNotLeak(
        100,
        () -> {
          try (URingContext other = URingContext.create(4)) {
            other.files().addClose(Descriptor.eventFd(0), 1);
            other.files().addClose(Descriptor.eventFd(0), 2);
            other.submit();
            other.files().addClose(Descriptor.eventFd(0), 3);
          }
        });
  }

  @Test
  void a_ring_which_the_kernel_does_not_close_by_request_is_closed_all_the_same() {
    OpenDescriptors.mustNotLeak(
        100,
        () -> {
          Descriptor ring = Descriptor.ofCompletions(context);
          files.addClose(ring, 1);
          assertThat(result()).isEqualTo(-Errno.EBADF);
        });
  }

  @Test
  void a_close_in_a_chain_that_the_allowlist_does_not_permit_is_refused() {
    URingAllowlist noLinks =
        URingAllowlist.builder().allow(UringOperation.CLOSE, UringOperation.NOP).build();
    try (Descriptor event = Descriptor.eventFd(0);
        URingContext restricted = URingContext.create(4, noLinks)) {
      Runnable adding =
          () -> {
            restricted.files().addClose(event, 1);
            restricted.addNop(2);
          };
      assertThatThrownBy(() -> restricted.chains().linked(2, adding))
          .hasMessageContaining("does not permit CLOSE");
      assertThatThrownBy(() -> restricted.chains().hardLinked(2, adding))
          .hasMessageContaining("does not permit CLOSE");
      assertThat(event.isClosed()).isFalse();
      restricted.chains().together(2, adding);
      assertThat(Contexts.take(restricted, 2)).containsExactly("1:0", "2:0");
    }
  }

  @Test
  void a_close_carries_the_flags_that_the_allowlist_requires() {
    URingAllowlist asynchronous =
        URingAllowlist.builder().allow(UringOperation.CLOSE).requireFlags(EntryFlag.ASYNC).build();
    try (URingContext restricted = URingContext.create(4, asynchronous)) {
      restricted.files().addClose(Descriptor.eventFd(0), 1);
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:0");
    }
  }

  @Test
  void an_emptied_slot_has_let_its_file_go() {
    try (Pipe pipe = Pipe.open()) {
      FixedFile slot = context.registerFiles(0, pipe.writeEnd())[0];
      pipe.writeEnd().close();
      files.addClose(slot, 1);
      assertThat(result()).isZero();
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 6);
      assertThat(Contexts.take(context, 1)).as("the end of the pipe").containsExactly("6:0");
      files.addClose(slot, 1);
      assertThat(result()).isEqualTo(-Errno.EBADF);
    }
  }

  @Test
  void a_descriptor_is_made_of_a_slot() throws Exception {
    NewDescriptors made = new NewDescriptors();
    Descriptor file = file();
    FixedFile slot = context.registerFiles(0, file)[0];
    file.close();
    files.addDescriptor(slot, made, 1);
    assertThat(result()).isZero();
    try (Descriptor descriptor = made.take()) {
      assertThat(descriptor.status().size()).isEqualTo(100);
      assertThat(OpenDescriptors.closesOnExec(descriptor)).isTrue();
    }
  }

  @Test
  void hints_are_taken() throws Exception {
    try (Descriptor file = file()) {
      HintRequests hints = context.hints();
      hints.addSequential(file, 1);
      hints.addRandom(file, 2);
      hints.addOnce(file, 3);
      hints.addNormal(file, 4);
      NativeMemory memory = NativeMemory.allocate(1 << 16);
      hints.addWillNeed(memory, 4096, 4096, 5);
      assertThat(Contexts.take(context, 5))
          .containsExactlyInAnyOrder("1:0", "2:0", "3:0", "4:0", "5:0");
      assertThatThrownBy(() -> hints.addWillNeed(memory, 1, 4096, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> hints.addWillNeed(memory, 0, 0, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> hints.addWillNeed(memory, 0, 1 << 17, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void what_makes_no_sense_is_refused() throws Exception {
    try (Descriptor file = file()) {
      assertThatThrownBy(() -> files.addTruncate(file, -1, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> files.addWriteOut(file, -1, 1, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> files.addWriteOut(file, 1, -1, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> files.addClose((Descriptor) null, 1))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> files.addTruncate(null, 1, 1))
          .isInstanceOf(NullPointerException.class);
      assertThat(context.counters().added()).isZero();
    }
  }

  @Test
  void a_restricted_context_closes_if_its_allowlist_says_so() throws Exception {
    Descriptor file = file();
    URingAllowlist truncating = URingAllowlist.builder().allow(UringOperation.FTRUNCATE).build();
    try (URingContext restricted = URingContext.create(4, truncating)) {
      assertThatThrownBy(() -> restricted.files().addClose(file, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("does not permit CLOSE");
      restricted.files().addTruncate(file, 7, 1);
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:0");
    }
    assertThat(directory.resolve("file")).hasSize(7);
    URingAllowlist closing =
        truncating.plus(URingAllowlist.builder().allow(UringOperation.CLOSE).build());
    try (URingContext restricted = URingContext.create(4, closing)) {
      restricted.files().addClose(file, 1);
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:0");
    }
    URingAllowlist slotsOnly = closing.toBuilder().requireFlags(EntryFlag.FIXED_FILE).build();
    try (URingContext restricted = URingContext.create(4, slotsOnly)) {
      assertThatThrownBy(() -> restricted.files().addClose(file, 1))
          .hasMessageContaining("requires registered files");
    }
  }
}
