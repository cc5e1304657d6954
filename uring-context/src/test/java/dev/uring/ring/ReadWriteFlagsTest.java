package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.IoVectors;
import dev.uring.ring.struct.ProtectionInformation;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The flags of single reads and writes. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadWriteFlagsTest {
  @Parameter RingKind kind;
  @TempDir Path directory;
  private Path path;

  private final ByteBuffer text = Native.ascii("new");

  @BeforeEach
  void writeFile() throws IOException {
    path = Files.writeString(directory.resolve("file"), "0123456789");
  }

  private int write(Ring ring, int fd, long offset, int flags) {
    FileRequests.write(Queues.next(ring), fd, NativeAddress.of(text), 3, offset)
        .readWriteFlags(flags);
    return Queues.result(ring);
  }

  @Test
  @Shows(UringOperation.WRITE)
  void a_write_appends_though_it_has_an_offset() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      assertThat(write(ring, files.file(path), 2, ReadWriteFlags.APPEND)).isEqualTo(3);
    }
    assertThat(path).hasContent("0123456789new");
  }

  @Test
  @Shows({UringOperation.WRITE, UringOperation.WRITEV})
  void a_write_goes_to_its_offset_though_the_file_appends() {
    int flags = FileCalls.O_RDWR | FileCalls.O_CLOEXEC | FileCalls.O_APPEND;
    IoVectors pieces = new IoVectors(1).set(0, NativeAddress.of(text), 3);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.opened(FileCalls.open(NativePath.bytes(path), flags, 0));
      assertThat(write(ring, fd, 2, ReadWriteFlags.NO_APPEND)).isEqualTo(3);
      assertThat(path).hasContent("01new56789");
      FileRequests.writev(Queues.next(ring), fd, pieces.address(), 1, 6)
          .readWriteFlags(ReadWriteFlags.NO_APPEND);
      assertThat(Queues.result(ring)).isEqualTo(3);
      assertThat(path).hasContent("01new5new9");
      assertThat(write(ring, fd, 0, 0)).isEqualTo(3);
      assertThat(path).hasContent("01new5new9new");
    }
  }

  @Test
  @Shows({UringOperation.READ, UringOperation.WRITE})
  void contradictions_and_what_cannot_be_are_errors() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        Pipe pipe = new Pipe()) {
      int fd = files.file(path);
      assertThat(write(ring, fd, 0, ReadWriteFlags.APPEND | ReadWriteFlags.NO_APPEND))
          .isEqualTo(-Errno.EINVAL);
      assertThat(write(ring, fd, 0, ReadWriteFlags.ATOMIC))
          .as("not direct")
          .isEqualTo(-Errno.EOPNOTSUPP);
      FileRequests.read(Queues.next(ring), pipe.readEnd, NativeAddress.of(text), 3, -1)
          .readWriteFlags(ReadWriteFlags.NO_WAIT);
      assertThat(Queues.result(ring)).as("nothing is there").isEqualTo(-Errno.EAGAIN);
      assertThat(path).hasContent("0123456789");
    }
  }

  @Test
  @Shows({UringOperation.READ, UringOperation.WRITE})
  void protection_information_is_read_and_refused_by_a_file_that_has_none() {
    ProtectionInformation here =
        new ProtectionInformation(ProtectionInformation.CHECK_GUARD, NativeAddress.of(text), 3);
    ProtectionInformation nowhere = new ProtectionInformation(0, -4096, 8);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      assumeTrue(
          ring.features().contains(Feature.RW_ATTR),
          "skipped: this kernel lacks IORING_FEAT_RW_ATTR");
      int fd = files.file(path);
      FileRequests.write(Queues.next(ring), fd, NativeAddress.of(text), 3, 0).protection(nowhere);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EFAULT);
      FileRequests.write(Queues.next(ring), fd, NativeAddress.of(text), 3, 0).protection(here);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
      FileRequests.read(Queues.next(ring), fd, NativeAddress.of(text), 3, 0).protection(here);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
      assertThat(path).hasContent("0123456789");
    }
  }

  @Test
  @Shows(UringOperation.WRITE)
  void a_write_that_is_not_to_be_cached_is_written_all_the_same() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(path);
      int written = write(ring, fd, 4, ReadWriteFlags.UNCACHED | ReadWriteFlags.DATA_SYNC);
      assumeTrue(
          written != -Errno.EOPNOTSUPP, "skipped: the file system has no writes without a cache");
      assertThat(written).isEqualTo(3);
    }
    assertThat(path).hasContent("0123new789");
  }
}
