package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.UringOperation;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The entries of syncs: one of the data and one of everything end alike, so that only the entry
 * tells which of them the kernel was asked for.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SyncEntriesTest {
  private static final int OPERATION = 0;
  private static final int OFFSET = 8;
  private static final int ADDRESS = 16;
  private static final int LENGTH = 24;
  private static final int FSYNC_FLAGS = 28;

  /** {@code IORING_FSYNC_DATASYNC}. */
  private static final int DATASYNC = 1;

  /** More than 32 bits, none of which may get lost. */
  private static final long FAR = 0x1234_5678_9000L;

  private static final int LONG = 0x7654_3000;

  @TempDir Path directory;

  private static void mustAskFor(
      URingContext context, int flags, long offset, int length, int userData)
      throws ReflectiveOperationException {
    ByteBuffer entry = Contexts.lastEntry(context);
    assertThat(Byte.toUnsignedInt(entry.get(OPERATION))).isEqualTo(UringOperation.FSYNC.code());
    assertThat(entry.getInt(FSYNC_FLAGS)).as("fsync_flags").isEqualTo(flags);
    assertThat(entry.getLong(OFFSET)).as("off").isEqualTo(offset);
    assertThat(entry.getInt(LENGTH)).as("len").isEqualTo(length);
    assertThat(entry.getLong(ADDRESS)).as("addr").isZero();
    assertThat(Contexts.take(context, 1)).containsExactly(userData + ":0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_sync_of_the_data_says_so_with_its_range_and_one_of_everything_does_not(boolean confined)
      throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[] {1});
    // With one entry in the queue, each finds there what the one before it wrote.
    try (URingContext context = Contexts.of(1, confined);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      FixedFile slot = context.registerFiles(0, file)[0];
      for (Target target : new Target[] {file, slot}) {
        context.addFdatasync(target, FAR, LONG, 1);
        mustAskFor(context, DATASYNC, FAR, LONG, 1);
        context.addFdatasync(target, 2);
        mustAskFor(context, DATASYNC, 0, 0, 2);
        context.addFsync(target, 3);
        mustAskFor(context, 0, 0, 0, 3);
      }
    }
  }
}
