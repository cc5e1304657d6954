package dev.uring.disk;

import dev.uring.BlockDeviceFacts;
import dev.uring.Descriptor;
import dev.uring.DirectAlignment;
import dev.uring.FileStatus;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An image that is open, checked and locked, ready to be served: a regular file or a block device.
 *
 * <p>While it is open, programs that keep QEMU's locks do not write to it, nor read it if they want
 * nobody to write; a writable block device is held exclusively besides. Any thread may call.
 */
public final class ImageFile implements AutoCloseable {
  private final Path path;
  private final Descriptor descriptor;
  private final ImageLock lock;
  private final ImageGeometry geometry;
  private final boolean readOnly;
  private final boolean direct;
  private final String serial;
  private volatile long size;

  ImageFile(
      Path path,
      Descriptor descriptor,
      ImageLock lock,
      ImageGeometry geometry,
      ImageOptions options) {
    this.path = path;
    this.descriptor = descriptor;
    this.lock = lock;
    this.geometry = geometry;
    this.size = geometry.size();
    this.readOnly = options.isReadOnly();
    this.direct = options.isDirect();
    this.serial = options.serial().orElseGet(() -> serial(geometry.status()));
  }

  /**
   * Opens an image. May wait for the file system, and for as long as {@link ImageOptions#patience}
   * says for a lock.
   *
   * @param path the image; symbolic links are followed
   * @param options how
   * @throws DiskException if it cannot be served so; then nothing was made, changed or left open
   */
  public static ImageFile open(Path path, ImageOptions options) {
    return new ImageOpening(path, options).open();
  }

  /** The file. It stays this object's to close. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** The name it was opened by. */
  public Path path() {
    return path;
  }

  /** Its size in bytes, 1 or more and a multiple of {@link #minimumBlockSize()}. */
  public long size() {
    return size;
  }

  /**
   * Looks at the file's size anew. One that has grown is that large from now on, down to a multiple
   * of {@link #minimumBlockSize()}; one that has become shorter keeps its size, and what is beyond
   * its end fails.
   *
   * @return whether it has grown
   * @throws dev.uring.ring.UringException if the kernel refuses
   * @throws IllegalStateException if it is closed
   */
  public synchronized boolean measureAgain() {
    long found =
        isBlockDevice() ? BlockDeviceFacts.of(descriptor).size() : descriptor.status().size();
    long whole = found - found % minimumBlockSize();
    if (whole <= size) {
      return false;
    }
    size = whole;
    return true;
  }

  /** Whether it can only be read. */
  public boolean isReadOnly() {
    return readOnly;
  }

  /** Whether transfers go past the page cache. */
  public boolean isDirect() {
    return direct;
  }

  /** Whether it is a block device. */
  public boolean isBlockDevice() {
    return geometry.device().isPresent();
  }

  /** What the block device said of itself, if it is one. */
  public Optional<BlockDeviceFacts> device() {
    return geometry.device();
  }

  /**
   * The smallest transfer in bytes, a power of two: 1 unless another one was asked for or direct
   * I/O needs more.
   */
  public int minimumBlockSize() {
    return geometry.minimumBlockSize();
  }

  /** The smallest transfer in bytes that costs no detour, a power of two, 4096 or more. */
  public int preferredBlockSize() {
    return geometry.preferredBlockSize();
  }

  /** What memory, offsets and lengths must be aligned to; 1 and 1 without direct I/O. */
  public DirectAlignment alignment() {
    return geometry.alignment();
  }

  /** The serial number: the one asked for, or one that stays the same for the same file. */
  public String serial() {
    return serial;
  }

  private static String serial(FileStatus status) {
    // Twenty digits, as virtio has room for: a file is its inode and its file system's device.
    int device = status.device().major() * 31 + status.device().minor();
    return String.format("%016x%04x", status.inode(), device & 0xffff);
  }

  /**
   * Gives the image free and closes it, once no request is in flight any more. A second call does
   * nothing.
   */
  @Override
  public synchronized void close() {
    try {
      lock.close();
    } finally {
      descriptor.close();
    }
  }

  @Override
  public String toString() {
    return "ImageFile["
        + path
        + ", "
        + ByteSize.format(size)
        + (readOnly ? ", read-only" : "")
        + (direct ? ", direct" : "")
        + (isBlockDevice() ? ", block device" : "")
        + "]";
  }
}
