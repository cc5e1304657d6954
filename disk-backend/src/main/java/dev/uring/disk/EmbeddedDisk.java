package dev.uring.disk;

import dev.uring.NativeMemory;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A disk for programs that call and wait for the answer, as most emulators in Java do: bytes at
 * offsets, into and out of any buffer or array.
 *
 * <p>Any number of threads may call at once, and each waits for its own request alone. What one
 * thread wrote, every thread reads as soon as the write has returned; of requests that overlap in
 * time and place either may come first. A request is done by a thread of the disk's own, whose ring
 * can reach the image and nothing else.
 *
 * <p>Bytes of direct buffers go straight to and from the kernel. Those on the heap are copied
 * through native memory, 256 KiB at a time; so are direct ones that are not aligned as direct I/O
 * asks, or that belong to an arena which could be closed beneath the request.
 *
 * <p>An interrupt does not end a wait, since the kernel has the memory until the request is done;
 * the thread is interrupted when the call returns.
 */
public final class EmbeddedDisk implements AutoCloseable {
  private static final int EIO = 5;

  private final RawDisk disk;
  private final boolean ownsImage;
  private final EmbeddedLoop loop;
  private final CopyBuffers copies = new CopyBuffers();
  private volatile boolean closed;

  private EmbeddedDisk(RawDisk disk, boolean ownsImage) {
    this.disk = disk;
    this.ownsImage = ownsImage;
    this.loop = EmbeddedLoop.start(disk);
  }

  /**
   * Opens an image, which is closed with the disk.
   *
   * @throws DiskException if the image cannot be opened so
   * @throws UringException with cause and remedy if io_uring cannot be used here
   */
  public static EmbeddedDisk open(Path path, ImageOptions options) {
    ImageFile image = ImageFile.open(path, options);
    try {
      return new EmbeddedDisk(new RawDisk(image), true);
    } catch (RuntimeException | Error e) {
      image.close();
      throw e;
    }
  }

  /**
   * Another way to a disk that is exported otherwise too. Its image stays the caller's to close,
   * after this.
   *
   * @throws UringException with cause and remedy if io_uring cannot be used here
   */
  public static EmbeddedDisk of(RawDisk disk) {
    return new EmbeddedDisk(disk, false);
  }

  /** The size in bytes. */
  public long size() {
    return disk.size();
  }

  /** Whether it can only be read. */
  public boolean isReadOnly() {
    return disk.isReadOnly();
  }

  /** What offsets and lengths must be multiples of, in bytes: 1 unless the image asks for more. */
  public int blockSize() {
    return disk.image().minimumBlockSize();
  }

  /**
   * Fills a buffer from its position to its limit, and moves the position to the limit.
   *
   * @param offset of the first byte on the disk
   * @throws IndexOutOfBoundsException if the range does not lie on the disk
   * @throws IllegalArgumentException if it is not of whole blocks, or the buffer is read-only
   * @throws ClosedChannelException if the disk was closed before the request began
   * @throws IOException if it fails; the buffer may then have been filled in part
   */
  public void read(long offset, ByteBuffer target) throws IOException {
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("a read-only buffer cannot be read into");
    }
    check(offset, target.remaining());
    NativeMemory inPlace = inPlace(target);
    if (inPlace != null) {
      transfer(DiskRequest.Operation.READ, offset, inPlace, inPlace.length());
      target.position(target.limit());
      return;
    }
    NativeMemory copy = copies.take();
    long from = offset;
    while (target.hasRemaining()) {
      int step = Math.min(target.remaining(), copy.length());
      transfer(DiskRequest.Operation.READ, from, copy, step);
      target.put(target.position(), copy.buffer(), 0, step);
      target.position(target.position() + step);
      from += step;
    }
    copies.give(copy);
  }

  /** As {@link #read(long, ByteBuffer)}, into a part of an array. */
  public void read(long offset, byte[] target, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, target.length);
    read(offset, ByteBuffer.wrap(target, from, length));
  }

  /**
   * Stores a buffer from its position to its limit, and moves the position to the limit. What was
   * written is durable after the next {@link #flush}.
   *
   * @param offset of the first byte on the disk
   * @throws NonWritableChannelException if the disk can only be read
   * @throws IndexOutOfBoundsException if the range does not lie on the disk
   * @throws IllegalArgumentException if it is not of whole blocks
   * @throws ClosedChannelException if the disk was closed before the request began
   * @throws IOException if it fails; it may then have been written in part
   */
  public void write(long offset, ByteBuffer source) throws IOException {
    checkWritable();
    check(offset, source.remaining());
    NativeMemory inPlace = inPlace(source);
    if (inPlace != null) {
      transfer(DiskRequest.Operation.WRITE, offset, inPlace, inPlace.length());
      source.position(source.limit());
      return;
    }
    NativeMemory copy = copies.take();
    long to = offset;
    while (source.hasRemaining()) {
      int step = Math.min(source.remaining(), copy.length());
      copy.buffer().put(0, source, source.position(), step);
      transfer(DiskRequest.Operation.WRITE, to, copy, step);
      source.position(source.position() + step);
      to += step;
    }
    copies.give(copy);
  }

  /** As {@link #write(long, ByteBuffer)}, from a part of an array. */
  public void write(long offset, byte[] source, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, source.length);
    write(offset, ByteBuffer.wrap(source, from, length));
  }

  /**
   * Makes every write durable that has returned before.
   *
   * @throws IOException if it fails, and from then on every time: what was written may be lost
   */
  public void flush() throws IOException {
    BlockingRequest request = new BlockingRequest(loop);
    request.prepare(DiskRequest.Operation.FLUSH, 0, 0);
    execute(request);
  }

  /**
   * Says that a range's content is of no more use, which may give its room back. What it reads as
   * afterwards is anybody's guess. Throws as {@link #write(long, ByteBuffer)}.
   */
  public void discard(long offset, long length) throws IOException {
    change(DiskRequest.Operation.DISCARD, offset, length, false);
  }

  /**
   * Has a range read as zeros. Throws as {@link #write(long, ByteBuffer)}.
   *
   * @param keepAllocated whether the range shall keep its room, so that later writes find it
   */
  public void writeZeroes(long offset, long length, boolean keepAllocated) throws IOException {
    change(DiskRequest.Operation.WRITE_ZEROES, offset, length, keepAllocated);
  }

  private void change(
      DiskRequest.Operation operation, long offset, long length, boolean keepAllocated)
      throws IOException {
    checkWritable();
    check(offset, length);
    if (length > 0) {
      BlockingRequest request = new BlockingRequest(loop);
      request.prepare(operation, offset, length);
      request.setKeepAllocated(keepAllocated);
      execute(request);
    }
  }

  private void transfer(
      DiskRequest.Operation operation, long offset, NativeMemory memory, int length)
      throws IOException {
    BlockingRequest request = new BlockingRequest(loop);
    request.memory().add(memory, 0, length);
    if (operation == DiskRequest.Operation.READ) {
      request.prepareRead(offset);
    } else {
      request.prepareWrite(offset);
    }
    execute(request);
  }

  private void execute(BlockingRequest request) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    loop.submit(request);
    int error = request.await();
    if (error == BlockingRequest.NEVER_BEGUN) {
      if (closed) {
        throw new ClosedChannelException();
      }
      throw new IOException("the thread of " + disk + " has ended; open it anew");
    }
    if (error != 0) {
      throw failure(
          request.operation() + " of " + request.length() + " bytes at " + request.offset(), error);
    }
  }

  private IOException failure(String what, int error) {
    UringException cause = new UringException(what + " of " + disk, error);
    return new IOException(cause.getMessage(), cause);
  }

  private void checkWritable() {
    if (disk.isReadOnly()) {
      throw new NonWritableChannelException();
    }
  }

  private void check(long offset, long bytes) throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
    Objects.checkFromIndexSize(offset, bytes, /* length= */ disk.size());
    int block = blockSize();
    if (offset % block != 0 || bytes % block != 0) {
      throw new IllegalArgumentException(
          bytes + " bytes at " + offset + " are no whole blocks of " + block);
    }
  }

  /** The buffer's own memory if the kernel can have it, with something in it; otherwise null. */
  private @Nullable NativeMemory inPlace(ByteBuffer buffer) {
    if (!buffer.isDirect() || !buffer.hasRemaining()) {
      return null;
    }
    int alignment = disk.image().alignment().memory();
    if (alignment > 1 && buffer.alignmentOffset(buffer.position(), alignment) != 0) {
      return null;
    }
    try {
      return NativeMemory.of(buffer);
    } catch (IllegalArgumentException e) {
      // Of an arena that can be closed, which is known in no other way; it is copied.
      return null;
    }
  }

  /**
   * Finishes what has begun, flushes, and closes the image if it was opened here. Calls that have
   * not begun by then are refused. A second call does nothing.
   *
   * @throws IOException if the flush fails: what was written may be lost. Everything is closed then
   */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    int error;
    try {
      error = loop.finish();
    } catch (CompletionException e) {
      error = EIO;
    } finally {
      if (ownsImage) {
        disk.image().close();
      }
    }
    if (error != 0) {
      throw failure("the last flush", error);
    }
  }

  @Override
  public String toString() {
    return "EmbeddedDisk[" + disk + (closed ? ", closed" : "") + "]";
  }
}
