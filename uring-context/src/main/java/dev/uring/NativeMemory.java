package dev.uring;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory outside the heap that requests read into and write from.
 *
 * <p>It lives as long as anything refers to it: this object, a buffer made of it, or a request in
 * flight, since a context holds what its requests use until their last completion. There is nothing
 * to free, and so nothing that could be freed too early. Pools keep what they want back.
 *
 * <p>Immutable but for the bytes; any thread may use it. What the kernel and a thread do to the
 * same bytes at once is theirs to sort out.
 */
public final class NativeMemory {
  private final ByteBuffer bytes;
  private final long address;
  private final Object keeper;

  /** As the buffer has it, which is an object more that is cold after a wait. */
  private final int length;

  private final boolean readOnly;

  private NativeMemory(ByteBuffer bytes) {
    this(bytes, bytes);
  }

  private NativeMemory(ByteBuffer bytes, Object keeper) {
    this.keeper = keeper;
    this.bytes = bytes;
    this.address = RawMemory.addressOf(bytes);
    this.length = bytes.capacity();
    this.readOnly = bytes.isReadOnly();
  }

  /**
   * Zeroed memory that begins at the start of a page and ends at the end of one, as direct I/O and
   * registered buffers want it.
   *
   * @param length in bytes, above zero, and two pages less than 2 GiB at most
   * @throws IllegalArgumentException if it is not that
   * @throws OutOfMemoryError if the limit of direct memory ({@code -XX:MaxDirectMemorySize}) is
   *     reached
   */
  public static NativeMemory allocate(int length) {
    if (length < 1) {
      throw new IllegalArgumentException("length is not above zero: " + length);
    }
    int page = RawMemory.pageSize();
    int most = (Integer.MAX_VALUE - page) / page * page;
    if (length > most) {
      throw new IllegalArgumentException(
          "length is more than " + most + ": " + length + "; a list can have several pieces");
    }
    int whole = (length + page - 1) / page * page;
    ByteBuffer raw = ByteBuffer.allocateDirect(whole + page);
    return new NativeMemory(part(raw.alignedSlice(page), 0, length));
  }

  /**
   * The bytes of a direct buffer from its position to its limit, which are not moved. Those of a
   * read-only buffer can be written from, and not read into.
   *
   * @throws IllegalArgumentException if it is a buffer on the heap: the collector moves those, and
   *     the kernel would write to where it was; or a buffer of an arena that can be closed (Java 22
   *     and later), which would free memory beneath a request
   */
  public static NativeMemory of(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException(
          "the buffer lies on the Java heap, where the collector may move it; "
              + "use ByteBuffer.allocateDirect or NativeMemory.allocate");
    }
    ForeignBuffers.refuseCloseable(direct);
    return new NativeMemory(part(direct, direct.position(), direct.remaining()));
  }

  /**
   * Memory that somebody else owns, such as another library's.
   *
   * <p>The caller vouches that the address is right, and that the memory stays there for as long as
   * this object, a buffer of it or a request in flight refers to it: this is the one method of the
   * package with which a caller can let the kernel write where it should not.
   *
   * @param address of the first byte, not zero
   * @param length in bytes, above zero
   * @param keeper kept alive for as long as this object is, or a request in flight that uses it
   * @throws IllegalArgumentException if the address is zero, or the length not above it
   */
  public static NativeMemory vouchedFor(long address, int length, Object keeper) {
    if (address == 0 || length < 1) {
      throw new IllegalArgumentException(
          length + " bytes at address 0x" + Long.toHexString(address) + " are no memory");
    }
    return new NativeMemory(RawMemory.view(address, length), keeper);
  }

  private static ByteBuffer part(ByteBuffer buffer, int position, int length) {
    return buffer.slice(position, length).order(ByteOrder.nativeOrder());
  }

  /** Whether it can only be written from. */
  public boolean isReadOnly() {
    return readOnly;
  }

  /** The length in bytes. */
  public int length() {
    return length;
  }

  /**
   * The bytes, in the machine's byte order. The same buffer each time, for access by index: who
   * wants a position and a limit takes a {@link ByteBuffer#duplicate}.
   */
  public ByteBuffer buffer() {
    return bytes;
  }

  /**
   * A part of this memory, which keeps the whole alive.
   *
   * @param position of its first byte
   * @param length in bytes, 0 or more
   * @throws IndexOutOfBoundsException if it does not lie inside
   */
  public NativeMemory slice(int position, int length) {
    return new NativeMemory(part(bytes, position, length), keeper);
  }

  /** Refuses what does not lie inside, before the kernel could be told of it. */
  long addressOf(int position, int count) {
    if ((position | count) < 0 || count > length - position) {
      throw new IndexOutOfBoundsException(
          count + " bytes from " + position + " do not lie in " + length);
    }
    return address + position;
  }

  /** Refuses to be read into where the caller was given it for reading only. */
  void checkWritable() {
    if (isReadOnly()) {
      throw new IllegalArgumentException("read-only memory cannot be read into");
    }
  }

  @Override
  public String toString() {
    return "NativeMemory[" + length() + " bytes" + (isReadOnly() ? ", read-only" : "") + "]";
  }
}
