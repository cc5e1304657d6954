package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What requests do to the pages that the kernel keeps of a file: clean, dirty, or not there. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageCacheRequestsTest {
  /** Far enough apart that no folio and no read-ahead has both. */
  private static final int FAR = 16 << 20;

  private static final int ATTEMPTS = 20;

  @Parameter RingKind kind;
  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void makeFile() throws IOException {
    String type = Files.getFileStore(directory).type();
    assumeTrue(!type.equals("tmpfs"), "skipped: the file system has no pages to write out");
    path = directory.resolve("file");
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(Native.bytes(4096), 2L * FAR - 4096);
    }
  }

  private MappedByteBuffer map() throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, 2L * FAR);
    }
  }

  /** How much of the mapped file waits to be written, in KiB. */
  private static long dirty(MappedByteBuffer mapped) throws IOException {
    String start = Long.toHexString(NativeAddress.of(mapped)) + "-";
    boolean here = false;
    long dirty = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.contains("-") && line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        here = line.startsWith(start);
      } else if (here && line.matches("(Private|Shared)_Dirty:.*")) {
        List<String> words = List.of(line.split(" +", -1));
        dirty += Long.parseLong(words.get(1));
      }
    }
    return dirty;
  }

  /**
   * Dirties a page at each end and one between, has the request done, and says what is dirty then.
   * The kernel may write by itself at any time: then it is tried again.
   */
  private void assertLeavesDirty(long expectedKib, Request request) throws IOException {
    MappedByteBuffer mapped = map();
    int page = RawMemory.pageSize();
    long left = -1;
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      mapped.force();
      for (int attempt = 0; attempt < ATTEMPTS && left != expectedKib; attempt++) {
        mapped.put(0, (byte) attempt).put(FAR / 2, (byte) attempt).put(FAR, (byte) attempt);
        boolean allDirty = dirty(mapped) == 3L * page / 1024;
        request.fill(Queues.next(ring), fd);
        assertThat(Queues.result(ring)).isZero();
        left = allDirty ? dirty(mapped) : -1;
      }
    }
    assertThat(left).as("KiB that wait to be written").isEqualTo(expectedKib);
  }

  private interface Request {
    void fill(SubmissionEntry entry, int fd);
  }

  @Test
  @Shows(UringOperation.FSYNC)
  void synchronising_leaves_nothing_to_be_written() throws IOException {
    assertLeavesDirty(0, FileRequests::fsync);
    assertLeavesDirty(0, FileRequests::fdatasync);
  }

  @Test
  @Shows(UringOperation.FSYNC)
  void synchronising_a_range_leaves_the_rest() throws IOException {
    int page = RawMemory.pageSize();
    assertLeavesDirty(
        2L * page / 1024, (entry, fd) -> FileRequests.fdatasync(entry, fd, FAR, page));
  }

  @Test
  @Shows(UringOperation.FSYNC)
  void what_cannot_be_made_durable_is_refused() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      FileRequests.fsync(Queues.next(ring), pipe.readEnd);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  @Shows(UringOperation.SYNC_FILE_RANGE)
  void writing_out_a_range_leaves_the_rest() throws IOException {
    int page = RawMemory.pageSize();
    int flags =
        FileRequests.SYNC_WAIT_BEFORE | FileRequests.SYNC_WRITE | FileRequests.SYNC_WAIT_AFTER;
    assertLeavesDirty(
        2L * page / 1024, (entry, fd) -> FileRequests.syncFileRange(entry, fd, FAR, page, flags));
    assertLeavesDirty(
        3L * page / 1024,
        (entry, fd) ->
            FileRequests.syncFileRange(entry, fd, FAR, page, FileRequests.SYNC_WAIT_BEFORE));
    try (Ring ring = kind.open()) {
      assertThatThrownBy(() -> FileRequests.syncFileRange(Queues.next(ring), 0, 0, 0, 8))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.FADVISE)
  void what_is_not_needed_leaves_the_cache_and_the_rest_stays() throws IOException {
    int length = 1 << 20;
    MappedByteBuffer mapped = map();
    boolean seen = false;
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      for (int attempt = 0; attempt < ATTEMPTS && !seen; attempt++) {
        fill(length);
        boolean before = areCached(mapped, 0, FAR / 2, FAR);
        FileRequests.fadvise(Queues.next(ring), fd, FAR, length, /* POSIX_FADV_DONTNEED */ 4);
        assertThat(Queues.result(ring)).isZero();
        seen = before && areCached(mapped, 0, FAR / 2) && !areCached(mapped, FAR);
      }
      FileRequests.fadvise(Queues.next(ring), fd, 0, length, 77);
      assertThat(Queues.result(ring)).as("no such advice").isEqualTo(-Errno.EINVAL);
    }
    assertThat(seen).as("the one part in the cache, the other not").isTrue();
  }

  private void fill(int length) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(Native.bytes(length), 0);
      channel.write(Native.bytes(length), FAR / 2);
      channel.write(Native.bytes(length), FAR);
      channel.force(true);
    }
  }

  private static boolean areCached(MappedByteBuffer mapped, int... offsets) {
    byte[] resident = new byte[1];
    int page = RawMemory.pageSize();
    boolean all = true;
    for (int offset : offsets) {
      assertThat(Native.C.mincore(NativeAddress.of(mapped) + offset, page, resident)).isZero();
      all &= (resident[0] & 1) != 0;
    }
    return all;
  }
}
