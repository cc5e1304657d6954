package dev.uring;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What came into one of {@link ReceiveBuffers}. Closing it gives the buffer back to the kernel,
 * which then writes other bytes over these; who needs them longer copies them before. Any thread
 * may close it.
 */
public final class ReceivedBytes implements AutoCloseable {
  private final ReceiveBuffers buffers;
  private final int id;
  private final ByteBuffer bytes;
  private final AtomicBoolean givenBack = new AtomicBoolean();

  ReceivedBytes(ReceiveBuffers buffers, int id, ByteBuffer bytes) {
    this.buffers = buffers;
    this.id = id;
    this.bytes = bytes;
  }

  /**
   * The bytes, as many as the completion's result says, in a direct buffer of its own. Good until
   * this is closed; touched later, it shows what came since.
   */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Gives the buffer back. A second call does nothing. */
  @Override
  public void close() {
    if (givenBack.compareAndSet(false, true)) {
      buffers.giveBack(id);
    }
  }

  @Override
  public String toString() {
    return "ReceivedBytes[" + bytes.capacity() + (givenBack.get() ? ", given back]" : "]");
  }
}
