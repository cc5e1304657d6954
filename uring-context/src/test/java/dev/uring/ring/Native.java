package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.FileCalls;
import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;

/** Descriptors and memory for tests of the ring, which takes both raw. */
final class Native {
  static final Binding C = LibraryLoader.create(Binding.class).load("c");

  private static final int O_CLOEXEC = 0x80000;
  private static final int O_NONBLOCK = 0x800;

  private Native() {}

  /** Functions of the C library. */
  public interface Binding {
    int pipe2(@Out int[] ends, int flags);

    int eventfd(int value, int flags);

    int dup2(int from, int to);

    int close(int fd);

    long read(int fd, @Out byte[] bytes, long count);

    long write(int fd, byte[] bytes, long count);

    int gettid();

    int getpid();

    int tgkill(int process, int thread, int signal);

    int setfsuid(int user);

    int epoll_create1(int flags);

    int getsockname(int socket, long address, int[] length);

    int shutdown(int socket, int how);

    int epoll_wait(int epoll, @Out byte[] events, int most, int milliseconds);

    int mincore(long address, long length, @Out byte[] resident);

    int socketpair(int domain, int type, int protocol, @Out int[] ends);
  }

  /** Has a ring's number mean something else, which nobody can enter: only indices are left. */
  static void coverDescriptor(Ring ring) {
    int other = C.eventfd(0, O_CLOEXEC);
    if (C.dup2(other, ring.descriptor()) < 0 || C.close(other) < 0) {
      throw new IllegalStateException("dup2");
    }
  }

  /** A pipe: what was written, and not yet read, keeps its readers waiting. */
  static final class Pipe implements AutoCloseable {
    final int readEnd;
    final int writeEnd;

    Pipe() {
      int[] ends = new int[2];
      assertThat(C.pipe2(ends, O_CLOEXEC)).isZero();
      readEnd = ends[0];
      writeEnd = ends[1];
    }

    void write(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      assertThat(C.write(writeEnd, bytes, bytes.length)).isEqualTo(bytes.length);
    }

    @Override
    public void close() {
      FileCalls.close(readEnd);
      FileCalls.close(writeEnd);
    }
  }

  /** An eventfd that does not block. */
  static final class EventFd implements AutoCloseable {
    final int fd = C.eventfd(0, O_CLOEXEC | O_NONBLOCK);

    /** Adds one. */
    void add() {
      byte[] one = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, 1).array();
      assertThat(C.write(fd, one, 8)).isEqualTo(8);
    }

    /** What was added since the last call. */
    long take() {
      byte[] value = new byte[8];
      return C.read(fd, value, 8) == 8
          ? ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong()
          : 0;
    }

    @Override
    public void close() {
      FileCalls.close(fd);
    }
  }

  static int open(Path path) {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    int fd = FileCalls.open(name, FileCalls.O_RDWR | O_CLOEXEC, 0);
    assertThat(fd).as(path.toString()).isNotNegative();
    return fd;
  }

  /** As many whole pages as so many bytes take. */
  static ByteBuffer pagesFor(int bytes) {
    int page = RawMemory.pageSize();
    return pages((bytes + page - 1) / page);
  }

  /** Direct memory that starts at a page. */
  static ByteBuffer pages(int count) {
    int page = RawMemory.pageSize();
    return ByteBuffer.allocateDirect((count + 1) * page)
        .alignedSlice(page)
        .slice(0, count * page)
        .order(ByteOrder.nativeOrder());
  }

  static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
  }

  static String text(ByteBuffer memory, int offset, int length) {
    byte[] bytes = new byte[length];
    memory.get(offset, bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /** A path or another text as C has it. */
  static ByteBuffer terminated(Object text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
    return bytes(bytes.length).put(0, bytes);
  }

  /** Memory that holds this text and nothing behind it. */
  static ByteBuffer ascii(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return bytes(bytes.length).put(0, bytes);
  }

  /** What was read from a descriptor at once, up to 64 bytes. */
  static String read(int fd) {
    byte[] bytes = new byte[64];
    long count = C.read(fd, bytes, bytes.length);
    assertThat(count).isNotNegative();
    return new String(bytes, 0, (int) count, StandardCharsets.US_ASCII);
  }

  static void write(int fd, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    assertThat(C.write(fd, bytes, bytes.length)).isEqualTo(bytes.length);
  }
}
