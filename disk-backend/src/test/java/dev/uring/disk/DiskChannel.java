package dev.uring.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** A disk as a channel: the whole adapter, for libraries that want one. */
final class DiskChannel implements SeekableByteChannel {
  private final EmbeddedDisk disk;
  private long position;
  private boolean open = true;

  DiskChannel(EmbeddedDisk disk) {
    this.disk = disk;
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    if (position >= size()) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), size() - position);
    ByteBuffer part = target.slice().limit(count);
    disk.read(position, part);
    return moved(target, count);
  }

  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    int count = source.remaining();
    disk.write(position, source);
    position += count;
    return count;
  }

  private int moved(ByteBuffer buffer, int count) {
    buffer.position(buffer.position() + count);
    position += count;
    return count;
  }

  @Override
  public synchronized long position() {
    return position;
  }

  @Override
  public synchronized SeekableByteChannel position(long next) {
    position = next;
    return this;
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new UnsupportedOperationException("a disk keeps its size");
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    disk.close();
  }
}
