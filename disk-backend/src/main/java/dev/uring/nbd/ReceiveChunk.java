package dev.uring.nbd;

import dev.uring.BufferPool;
import dev.uring.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A piece of memory that a connection receives into, one message behind the other.
 *
 * <p>Writes go to the disk straight from here, so a chunk stays with its connection until the last
 * of them is done: each counts as a reference.
 */
final class ReceiveChunk {
  static final int BYTES = 64 * 1024;

  private final BufferPool.Buffer buffer;
  private final ByteBuffer bytes;
  int references;
  @Nullable ReceiveChunk next;

  ReceiveChunk(BufferPool.Buffer buffer) {
    this.buffer = buffer;
    this.bytes = buffer.memory().buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
  }

  NativeMemory memory() {
    return buffer.memory();
  }

  /** The bytes in network byte order, for access by index. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Copies the range from {@code from} to {@code to} to the start of another chunk, or of this. */
  void moveTo(ReceiveChunk target, int from, int to) {
    for (int index = from; index < to; index++) {
      target.bytes.put(index - from, bytes.get(index));
    }
  }
}
