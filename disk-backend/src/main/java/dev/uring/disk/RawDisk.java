package dev.uring.disk;

import dev.uring.Descriptor;
import dev.uring.OpenFlag;
import java.util.EnumSet;
import java.util.Set;

/**
 * A disk whose byte n is byte n of an image. Shared by all queues; each queue is made on its loop
 * by {@link #openQueue}.
 *
 * <p>Any thread may ask; the image stays the caller's to close, after the loops have ended.
 */
public final class RawDisk {
  private final ImageFile image;
  private final FlushLatch latch = new FlushLatch();

  // What the file system turned out not to offer. Learned once by whichever queue asks first;
  // learning it twice is harmless.
  private volatile boolean withoutPunching;
  private volatile boolean withoutZeroing;

  /** The disk in an image. */
  public RawDisk(ImageFile image) {
    this.image = image;
  }

  /** The size in bytes. */
  public long size() {
    return image.size();
  }

  /** Whether it can only be read. */
  public boolean isReadOnly() {
    return image.isReadOnly();
  }

  /** The image that the disk lies in. */
  public ImageFile image() {
    return image;
  }

  /**
   * Another opening of the image, for one queue: with an open file of its own, a queue is told of
   * every write-back error by itself. The caller closes it.
   */
  public Descriptor openForQueue() {
    Set<OpenFlag> flags = EnumSet.of(OpenFlag.READ);
    if (!isReadOnly()) {
      flags.add(OpenFlag.WRITE);
    }
    if (image.isDirect()) {
      flags.add(OpenFlag.DIRECT);
    }
    return image.descriptor().reopen(flags);
  }

  /**
   * A loop's way to the disk.
   *
   * @param loop the loop of the calling thread
   * @param file the number of {@link #openForQueue} among the loop's files
   * @param depth how many requests the queue may have in flight; more wait inside it
   */
  public DiskQueue openQueue(EventLoop loop, int file, int depth) {
    return new RawDiskQueue(this, loop, loop.file(file), depth);
  }

  FlushLatch latch() {
    return latch;
  }

  boolean canPunch() {
    return !withoutPunching;
  }

  void cannotPunch() {
    withoutPunching = true;
  }

  boolean canZero() {
    return !withoutZeroing;
  }

  void cannotZero() {
    withoutZeroing = true;
  }

  @Override
  public String toString() {
    return "RawDisk[" + image + "]";
  }
}
