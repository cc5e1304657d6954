package dev.uring;

import dev.uring.sys.Errno;
import dev.uring.sys.MappingCalls;
import dev.uring.sys.RawMemory;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A part of a file in memory, shared with everybody who maps it, such as the memory of a virtual
 * machine that another process runs.
 *
 * <p>{@link #close} lets go of the file's pages at once and puts zeroed ones in their place: who
 * still has the {@link #memory} then reads zeros and writes for nobody, and so does a request in
 * flight. Only what is {@linkplain URingContext#registerBuffers registered} stays as it was: the
 * kernel has its pages until that context is closed. The addresses go back to the operating system
 * when nothing refers to them any more. So no order of closing and dropping lets anybody touch
 * memory that is another's by then.
 *
 * <p>A file that is made shorter takes its pages away: Java code that touches such a page gets an
 * {@link InternalError}, some time after the access, and a request of the ring fails with EFAULT.
 * That goes for reading and writing a buffer's bytes; native code that is handed the buffer, as
 * {@link java.util.zip.CRC32} and {@link java.util.zip.Deflater} do, ends the process. So map files
 * that nobody else can shorten, such as sealed ones, or copy before you have it worked on. The
 * bytes may change at any moment. Any thread may call.
 */
public final class SharedMapping implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final long address;
  private final long length;
  private final NativeMemory memory;
  private boolean closed;

  private SharedMapping(long address, long length, int head, int usable) {
    this.address = address;
    this.length = length;
    // Every buffer made of the whole keeps the whole, and so these addresses, alive.
    ByteBuffer whole = RawMemory.view(address + head, usable);
    CLEANER.register(whole, () -> MappingCalls.unmap(address, length));
    this.memory = NativeMemory.of(whole);
  }

  /**
   * Maps a part of a file for reading and writing ({@code mmap(2)}, {@code MAP_SHARED}).
   *
   * @param file open for reading and writing; it may be closed afterwards
   * @param offset of the first byte in the file, 0 or more; need not be that of a page
   * @param length in bytes, above zero
   * @throws dev.uring.ring.UringException if the kernel refuses, {@code EACCES} if the file is not
   *     open for both
   * @throws IllegalArgumentException if the range does not lie in a regular file, or the file is
   *     neither regular nor a block device; whether it lies in a block device is not looked at
   * @throws IllegalStateException if the file is closed
   */
  public static SharedMapping map(Descriptor file, long offset, int length) {
    if (offset < 0 || length < 1 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "not a range of a file: " + length + " bytes from " + offset);
    }
    FileStatus status = file.status();
    // Of anything else the kernel may show its own memory: of a ring, the entries that it is about
    // to believe.
    if (status.kind() != FileKind.REGULAR && status.kind() != FileKind.BLOCK_DEVICE) {
      throw new IllegalArgumentException(
          "only regular files, of shared memory too, and block devices are mapped, not a file of"
              + " the kind "
              + status.kind());
    }
    if (status.kind() == FileKind.REGULAR && offset + length > status.size()) {
      throw new IllegalArgumentException(
          length + " bytes from " + offset + " do not lie in a file of " + status.size());
    }
    int head = (int) (offset % RawMemory.pageSize());
    long mapped = (long) head + length;
    int fd = file.acquire();
    try {
      long address = MappingCalls.share(fd, offset - head, mapped);
      Calls.check("mmap", address, SharedMapping::remedy);
      return new SharedMapping(address, mapped, head, length);
    } finally {
      file.release();
    }
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.EACCES -> "open the file for reading and writing";
      case Errno.ENOMEM ->
          "the process has as many mappings as it may (vm.max_map_count), or no addresses left";
      default -> "";
    };
  }

  /** The bytes; zeros once this is closed. */
  public NativeMemory memory() {
    return memory;
  }

  /**
   * Lets go of the file's pages. A second call does nothing.
   *
   * @throws dev.uring.ring.UringException if the kernel refuses; then they stay until nothing
   *     refers to this any more
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      try {
        Calls.check("mmap", MappingCalls.exchange(address, length));
      } finally {
        Reference.reachabilityFence(this);
      }
    }
  }

  @Override
  public String toString() {
    return "SharedMapping[" + memory.length() + " bytes" + (closed ? ", closed" : "") + "]";
  }
}
