package dev.uring.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
  private static final int MIB = 1 << 20;
  private static final int CONTROL_BYTES = 2048;

  @TempDir Path directory;

  @Test
  void a_refusal_is_minus_its_own_errno() {
    assertThat(FileCalls.open(NativePath.bytes(directory.resolve("none")), 0, 0))
        .isEqualTo(-Errno.ENOENT);
    assertThat(FileCalls.open(NativePath.bytes(directory), FileCalls.O_RDWR, 0))
        .isEqualTo(-Errno.EISDIR);
    assertThat(FileCalls.close(-1)).isEqualTo(-Errno.EBADF);
    assertThat(FileCalls.lseek(-1, 0, FileCalls.SEEK_DATA)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void what_is_written_beyond_four_gigabytes_is_read_back_from_there() throws Exception {
    int fd = open(directory.resolve("large"));
    long offset = (5L << 30) + 7;
    Pointer memory = FileCalls.allocate(16);
    memory.put(0, "beyond".getBytes(StandardCharsets.US_ASCII), 0, 6);
    assertThat(FileCalls.pwrite(fd, memory, 6, offset)).isEqualTo(6);
    Pointer back = FileCalls.allocate(16);
    assertThat(FileCalls.pread(fd, back, 16, offset)).isEqualTo(6);
    byte[] bytes = new byte[6];
    back.get(0, bytes, 0, 6);
    assertThat(bytes).asString(StandardCharsets.US_ASCII).isEqualTo("beyond");
    assertThat(Files.size(directory.resolve("large"))).isEqualTo(offset + 6);
    assertThat(FileCalls.close(fd)).isZero();
  }

  @Test
  void a_punched_hole_is_found_between_the_data() throws Exception {
    Path file = directory.resolve("holes");
    Files.write(file, new byte[3 * MIB]);
    int fd = open(file);
    int mode = FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE;
    assertThat(FileCalls.fallocate(fd, mode, MIB, MIB)).isZero();
    assertThat(FileCalls.lseek(fd, 0, FileCalls.SEEK_HOLE)).isEqualTo(MIB);
    assertThat(FileCalls.lseek(fd, MIB, FileCalls.SEEK_DATA)).isEqualTo(2 * MIB);
    assertThat(FileCalls.lseek(fd, 3 * MIB, FileCalls.SEEK_DATA)).isEqualTo(-Errno.ENXIO);
    assertThat(FileCalls.ftruncate(fd, 5)).isZero();
    assertThat(Files.size(file)).isEqualTo(5);
    assertThat(FileCalls.close(fd)).isZero();
  }

  @Test
  void a_seal_that_was_added_is_reported_and_kept() {
    int fd =
        FileCalls.memfdCreate(
            NativePath.bytes("sealed"), FileCalls.MFD_CLOEXEC | FileCalls.MFD_ALLOW_SEALING);
    int shrink = 2;
    assertThat(FileCalls.ftruncate(fd, 100)).isZero();
    assertThat(FileCalls.fcntl(fd, FileCalls.F_GET_SEALS, 0)).isZero();
    assertThat(FileCalls.fcntl(fd, FileCalls.F_ADD_SEALS, shrink)).isZero();
    assertThat(FileCalls.fcntl(fd, FileCalls.F_GET_SEALS, 0)).isEqualTo(shrink);
    assertThat(FileCalls.ftruncate(fd, 99)).isEqualTo(-Errno.EPERM);
    assertThat(FileCalls.ftruncate(fd, 101)).isZero();
    assertThat(FileCalls.close(fd)).isZero();
  }

  @Test
  void a_path_ends_in_one_nul_and_may_not_contain_another() {
    assertThat(NativePath.bytes("ab")).containsExactly('a', 'b', 0);
    assertThatThrownBy(() -> NativePath.bytes("a\0b")).isInstanceOf(InvalidPathException.class);
  }

  private static int open(Path file) {
    int flags = FileCalls.O_RDWR | FileCalls.O_CREAT | FileCalls.O_CLOEXEC;
    int fd = FileCalls.open(NativePath.bytes(file), flags, 0600);
    assertThat(fd).isNotNegative();
    return fd;
  }

  /** Dropped with what it needs, and brought back. */
  private static final class Returning {
    private static final AtomicReference<Returning> BACK = new AtomicReference<>();

    private final DescriptorMessage message = new DescriptorMessage();

    Returning() throws ReflectiveOperationException {
      for (int at = 0; at < CONTROL_BYTES; at++) {
        control().putByte(at, (byte) 7);
      }
    }

    Pointer control() throws ReflectiveOperationException {
      Field control = DescriptorMessage.class.getDeclaredField("control");
      control.setAccessible(true);
      return (Pointer) control.get(message);
    }

    @Override
    @SuppressWarnings({"deprecation", "removal", "Finalize", "Finalizer"})
    protected void finalize() {
      BACK.set(this);
    }
  }

  @Test
  void memory_that_a_finalizer_has_brought_back_is_still_its() throws Exception {
    for (int dropped = 0; dropped < 20; dropped++) {
      Object unused = new Returning();
    }
    while (Returning.BACK.get() == null) {
      System.gc();
    }
    // Behind all finalizers that this collection has found.
    System.runFinalization();
    byte[] bytes = new byte[CONTROL_BYTES];
    Returning.BACK.get().control().get(0, bytes, 0, bytes.length);
    assertThat(bytes).containsOnly(7);
    assertThatThrownBy(() -> FileCalls.allocate(257)).isInstanceOf(IllegalArgumentException.class);
  }
}
