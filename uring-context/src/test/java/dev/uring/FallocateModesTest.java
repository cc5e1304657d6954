package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.FallocateMode;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each mode of a fallocate does to a file what {@code fallocate(2)} does to another of the same
 * file system, or is refused as that is.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FallocateModesTest {
  /** Whole blocks on every file system. */
  private static final int PIECE = 1 << 16;

  private static final int PIECES = 4;
  private static final int KEEP = FallocateMode.KEEP_SIZE;

  /** Where the project is built, which is likelier a disk than the directory of temporary files. */
  static final class BuildDirectory implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory(Files.createDirectories(Path.of("target")), "fallocate");
    }
  }

  @TempDir(factory = BuildDirectory.class)
  Path directory;

  /** A mode, the piece of a file of the pieces 1, 2, 3 and 4 that it is of, and what it does. */
  private record Mode(String name, int bits, int piece, Consumer<Content> effect) {
    long offset() {
      return (long) piece * PIECE;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Mode> modes() {
    return List.of(
        new Mode(
            "allocate", FallocateMode.ALLOCATE, PIECES, it -> it.mustBe(1, 2, 3, 4, 0).mustHave(5)),
        new Mode("allocate and keep size", KEEP, PIECES, it -> it.mustBe(1, 2, 3, 4).mustHave(5)),
        new Mode(
            "punch hole",
            FallocateMode.PUNCH_HOLE | KEEP,
            1,
            it -> it.mustBe(1, 0, 3, 4).mustHaveNoMoreThan(3)),
        new Mode("collapse range", FallocateMode.COLLAPSE_RANGE, 1, it -> it.mustBe(1, 3, 4)),
        new Mode(
            "zero range", FallocateMode.ZERO_RANGE, 1, it -> it.mustBe(1, 0, 3, 4).mustHave(4)),
        new Mode(
            "zero range at the end",
            FallocateMode.ZERO_RANGE,
            PIECES,
            it -> it.mustBe(1, 2, 3, 4, 0).mustHave(5)),
        new Mode(
            "zero range and keep size",
            FallocateMode.ZERO_RANGE | KEEP,
            PIECES,
            it -> it.mustBe(1, 2, 3, 4).mustHave(5)),
        new Mode("insert range", FallocateMode.INSERT_RANGE, 1, it -> it.mustBe(1, 0, 2, 3, 4)),
        new Mode(
            "unshare range",
            FallocateMode.UNSHARE_RANGE,
            1,
            it -> it.mustBe(1, 2, 3, 4).mustHave(4)),
        new Mode(
            "unshare range and keep size",
            FallocateMode.UNSHARE_RANGE | KEEP,
            1,
            it -> it.mustBe(1, 2, 3, 4).mustHave(4)));
  }

  /** A file as it is afterwards. */
  private record Content(Path path, Descriptor file) {
    Content mustBe(int... pieces) {
      byte[] expected = new byte[pieces.length * PIECE];
      for (int piece = 0; piece < pieces.length; piece++) {
        Arrays.fill(expected, piece * PIECE, (piece + 1) * PIECE, (byte) pieces[piece]);
      }
      // Not the file itself in a failure, of which nobody could read what differs.
      assertThat(file.status().size()).isEqualTo(expected.length);
      assertThat(Arrays.mismatch(bytes(), expected)).as("first difference").isEqualTo(-1);
      return this;
    }

    byte[] bytes() {
      try {
        return Files.readAllBytes(path);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    Content mustHave(int pieces) {
      assertThat(file.status().allocated()).isGreaterThanOrEqualTo((long) pieces * PIECE);
      return this;
    }

    Content mustHaveNoMoreThan(int pieces) {
      assertThat(file.status().allocated()).isLessThan((pieces + 1L) * PIECE);
      return this;
    }
  }

  private Path pieces(String name) throws IOException {
    byte[] content = new byte[PIECES * PIECE];
    for (int piece = 0; piece < PIECES; piece++) {
      Arrays.fill(content, piece * PIECE, (piece + 1) * PIECE, (byte) (piece + 1));
    }
    return Files.write(directory.resolve(name), content);
  }

  private static Descriptor open(Path path) {
    return Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE);
  }

  /** What the system call says to the same. */
  private static int byCall(Descriptor file, Mode mode) {
    int fd = file.acquire();
    try {
      return FileCalls.fallocate(fd, mode.bits, mode.offset(), PIECE);
    } finally {
      file.release();
    }
  }

  private void sameAsTheCall(Mode mode, boolean confined, boolean bySlot) throws Exception {
    Path path = pieces("file");
    Path twinPath = pieces("twin");
    try (URingContext context = Contexts.of(8, confined);
        Descriptor file = open(path);
        Descriptor twin = open(twinPath)) {
      context.addFsync(file, 1);
      context.addFsync(twin, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:0", "2:0");
      Target target = bySlot ? context.registerFiles(1, file)[0] : file;
      context.addFallocate(target, mode.bits, mode.offset(), PIECE, 3);
      int result = Contexts.result(context);

      assertThat(result).isIn(0, -Errno.EOPNOTSUPP).isEqualTo(byCall(twin, mode));
      Content content = new Content(path, file);
      if (result == 0) {
        mode.effect.accept(content);
      } else {
        content.mustBe(1, 2, 3, 4);
      }
      assertThat(Arrays.mismatch(content.bytes(), Files.readAllBytes(twinPath))).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void each_mode_does_what_the_call_does(Mode mode) throws Exception {
    for (boolean confined : new boolean[] {true, false}) {
      for (boolean bySlot : new boolean[] {true, false}) {
        sameAsTheCall(mode, confined, bySlot);
      }
    }
  }

  @Test
  void what_a_file_in_memory_cannot_do_is_refused_and_changes_nothing() {
    try (URingContext context = URingContext.create(8);
        Descriptor memory = Descriptor.memFd("memory", PIECES * PIECE)) {
      for (int refused :
          new int[] {
            FallocateMode.COLLAPSE_RANGE,
            FallocateMode.ZERO_RANGE,
            FallocateMode.INSERT_RANGE,
            FallocateMode.UNSHARE_RANGE,
            // A hole that changes the size, and bits that are no modes.
            FallocateMode.PUNCH_HOLE,
            1 << 30
          }) {
        context.addFallocate(memory, refused, PIECE, PIECE, refused);
        assertThat(Contexts.take(context, 1)).containsExactly(refused + ":" + -Errno.EOPNOTSUPP);
      }
      assertThat(memory.status().size()).isEqualTo(PIECES * PIECE);
      assertThat(memory.status().allocated()).isZero();
      context.addFallocate(memory, FallocateMode.KEEP_SIZE, 0, 2 * PIECES * PIECE, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      assertThat(memory.status().size()).isEqualTo(PIECES * PIECE);
      assertThat(memory.status().allocated()).isGreaterThanOrEqualTo(2 * PIECES * PIECE);
    }
  }
}
